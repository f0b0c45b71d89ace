import { table, thousands, withRange } from '../results.ts'
import { median, pairedRatios, present } from '../statistics.ts'
import type { Measured } from './measures.ts'
import type { Path } from './path.ts'
import { OURS, RAW_BROKER } from './paths/index.ts'

/** One path with so many nodes; null where a round broke. */
export interface Entry {
  path: Path
  nodes: number
  rounds: (Measured | null)[]
}

const PROGRAMS = ['Node', 'PostgreSQL', 'RabbitMQ', 'Redis'] as const

const valuesOf = ({ rounds }: Entry, of: (measured: Measured) => number) =>
  rounds.map((measured) => measured && of(measured))

const kept = (entry: Entry, of: (measured: Measured) => number) => present(valuesOf(entry, of))

export function describeRates(entries: readonly Entry[]): string {
  return table(
    ['thousand messages/s', 'durable', 'nodes', 'end to end', 'drain a backlog', 'accept p99 at half load, ms'],
    entries.map((entry) => [
      entry.path.name,
      entry.path.durable,
      String(entry.nodes),
      thousands(kept(entry, ({ endToEnd }) => endToEnd)),
      thousands(kept(entry, ({ drain }) => drain)),
      withRange(kept(entry, ({ accept }) => accept.p99)),
    ]),
  )
}

/** Of ours to each of the others with as many nodes, in the same round. */
export function describeRatios(entries: readonly Entry[]): string {
  const ours = entries.filter(({ path }) => OURS.includes(path))
  const others = entries.filter(({ path }) => !OURS.includes(path))
  const rows = ours.flatMap((our) =>
    others
      .filter(({ nodes }) => nodes === our.nodes)
      .map((other) => {
        const ratio = (of: (measured: Measured) => number) =>
          withRange(pairedRatios(valuesOf(our, of), valuesOf(other, of)), 2)
        return [
          our.path.name,
          String(our.nodes),
          other.path.name,
          ratio(({ endToEnd }) => endToEnd),
          ratio(({ drain }) => drain),
        ]
      }),
  )
  return table(['ratio of', 'nodes', 'to', 'end to end', 'drain'], rows)
}

export function describePriorities(entries: readonly Entry[]): string {
  const rows = entries
    .filter(({ path }) => path.prioritised)
    .map((entry) => [
      entry.path.name,
      String(entry.nodes),
      withRange(
        kept(entry, ({ overtakes }) => overtakes?.p50 ?? NaN),
        0,
      ),
      withRange(
        kept(entry, ({ overtakes }) => overtakes?.max ?? NaN),
        0,
      ),
    ])
  return table(['priority 10 behind a backlog of priority 5, ms', 'nodes', 'median', 'longest'], rows)
}

export function describeTimes(entries: readonly Entry[]): string {
  return table(
    ['processor time of one message, µs', 'nodes', ...PROGRAMS],
    entries.map((entry) => [
      entry.path.name,
      String(entry.nodes),
      ...PROGRAMS.map((program) => {
        const used = kept(entry, ({ processorTime }) => processorTime[program] ?? 0)
        return used.length === 0 ? '–' : median(used).toFixed(0)
      }),
    ]),
  )
}

export const goal = (): string =>
  `The goal is 0.8 of “${RAW_BROKER.name}” end to end with as many nodes, with every record in PostgreSQL, and a p99 of at most 50 ms.`
