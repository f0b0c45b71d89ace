import { table, thousands, withRange } from '../results.ts'
import { median, pairedRatios, quantile } from '../statistics.ts'
import type { Asked } from './ask.ts'
import type { Filled } from './fill.ts'

export interface Round {
  empty: Asked
  large: Asked
}

/** What the engine is held to with ten million finished messages, in ms. Where nothing is said there is no goal. */
const GOALS: Record<string, number> = {
  'trace of one message': 5,
  'one message': 5,
  'overview of today': 10,
  'to a recipient with 4': 50,
  'to a recipient with every 50th': 50,
  'to a recipient with none': 50,
}
const SHARE = 0.85
const GB = 1e9
/** Of the promised load. */
const PER_DAY = 10_000_000
/** As the settings keep them. */
const TRACE_DAYS = 7

export function describeQuestions(rounds: readonly Round[]): string {
  const [first] = rounds
  const rows = Object.keys(first?.large.questions ?? {}).map((name) => {
    const of = (pick: (times: readonly number[]) => number) =>
      rounds.map(({ large }) => pick(large.questions[name] ?? []))
    const p99 = of((times) => quantile(times, 0.99))
    const goal = GOALS[name]
    return [
      name,
      median(of(median)).toFixed(2),
      withRange(p99, 2),
      withRange(
        of((times) => times[0] ?? Number.NaN),
        1,
      ),
      goal === undefined ? '' : verdict(median(p99) <= goal, `p99 ≤ ${goal}`),
    ]
  })
  return table(['question, ms', 'median', 'p99 (lowest–highest round)', 'the first', 'goal'], rows)
}

/** In processor time: it does not depend on what else the machine does. */
const LIST_GOAL_MS = 50

export function describeLists(rounds: readonly Round[]): string {
  const asked = rounds.flatMap(({ large }) => large.lists ?? [])
  const rows = Object.keys(asked[0]?.pages ?? {}).map((name) => {
    // A page that a later round no longer has: what came since stands before it.
    const measured = asked.map(({ pages }) => pages[name] ?? []).filter((times) => times.length > 0)
    const of = (pick: (times: readonly number[]) => number) => measured.map(pick)
    const p99 = of((times) => quantile(times, 0.99))
    return [
      name,
      median(of(median)).toFixed(2),
      withRange(p99, 2),
      verdict(median(p99) <= LIST_GOAL_MS, `p99 ≤ ${LIST_GOAL_MS}`),
    ]
  })
  const csv = asked.map(({ csvRowsPerSecond }) => csvRowsPerSecond)
  rows.push(['CSV, thousands of rows per second of processor time', thousands(csv), '', ''])
  return table(['page of 50 of the list, processor ms', 'median', 'p99 (lowest–highest round)', 'goal'], rows)
}

export function describeThroughput(rounds: readonly Round[]): string {
  const of = (pick: (asked: Asked) => number, side: keyof Round) => rounds.map((round) => pick(round[side]))
  const row = (name: string, pick: (asked: Asked) => number, write: (values: readonly number[]) => string) => {
    const [large, empty] = [of(pick, 'large'), of(pick, 'empty')]
    return [name, write(large), write(empty), withRange(pairedRatios(large, empty), 2)]
  }
  const sent = pairedRatios(
    of(({ sentPerSecond }) => sentPerSecond, 'large'),
    of(({ sentPerSecond }) => sentPerSecond, 'empty'),
  )
  const rows = [
    row('accepted with 100 in flight, thousands/s', ({ acceptedPerSecond }) => acceptedPerSecond, thousands),
    [
      ...row('sent meanwhile, thousands/s', ({ sentPerSecond }) => sentPerSecond, thousands),
      verdict(median(sent) >= SHARE, `≥ ${SHARE}`),
    ],
    row(
      'start-up, ms',
      ({ startUpMs }) => startUpMs,
      (values) => withRange(values, 0),
    ),
    row(
      'most memory (RSS), MiB',
      ({ rssMiB }) => rssMiB,
      (values) => withRange(values, 0),
    ),
  ]
  return table(['', 'with them', 'empty store', 'quotient', 'goal'], rows)
}

export function describeDisk({ bytes, bytesByTable, ms }: Filled, messages: number): string {
  const kinds = Object.entries(bytesByTable).sort(([, a], [, b]) => b - a)
  const rows = kinds.map(([kind, size]) => [kind, (size / messages).toFixed(1), (size / GB).toFixed(2)])
  rows.push(['all', (bytes / messages).toFixed(1), (bytes / GB).toFixed(2)])
  const traces = ((bytesByTable['traces'] ?? 0) * PER_DAY * TRACE_DAYS) / messages / GB
  const month = ((bytes - (bytesByTable['traces'] ?? 0)) * PER_DAY * 30) / messages / GB
  return [
    table(['tables, with their indexes', 'bytes per message', 'GB'], rows),
    `Written in ${(ms / 1000).toFixed(0)} s. At ${PER_DAY.toLocaleString('en')} messages a day that is ${month.toFixed(0)} GB of records for each month kept, and ${traces.toFixed(0)} GB of traces for ${TRACE_DAYS} days.`,
  ].join('\n\n')
}

function verdict(reached: boolean, goal: string): string {
  return `${reached ? 'reached' : 'MISSED'} ${goal}`
}
