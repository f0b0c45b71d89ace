import type { ProcessorTime } from '../processor-time.ts'
import { table, thousands, withRange } from '../results.ts'
import { median, pairedRatios } from '../statistics.ts'
import type { Accepting, Product } from './measures.ts'

/** What the product is held to. */
const TIMES_EXPRESS = 1.3
const BATCH_RECIPIENTS = 100_000
const HALF_LOAD_P99_MS = 50

type Server = [name: string, rounds: readonly Accepting[]]

export function describeAccepting(
  signalbox: readonly Product[],
  express: readonly Accepting[],
  bare: readonly Accepting[],
): string {
  const servers: Server[] = [
    ['Signalbox: validated, on disk, then 202', signalbox],
    ['Express: `express.json()` and an echo', express],
    ['node:http: parse and echo', bare],
  ]
  const head = ['thousands of requests per second', '100 in flight', '500 in flight']
  const rates = servers.map(([name, rounds]) => [name, thousands(at100(rounds)), thousands(at500(rounds))])
  const ratios = servers.slice(1).map(([name, rounds]) => {
    const [few, many] = [pairedRatios(at100(signalbox), at100(rounds)), pairedRatios(at500(signalbox), at500(rounds))]
    const goal = rounds === express
    return [
      `Signalbox ÷ ${name.split(':', 1)[0] === 'node' ? 'node:http' : 'Express'}`,
      ratio(few, goal),
      ratio(many, goal),
    ]
  })
  return table(head, [...rates, ...ratios])
}

/** What a busy machine leaves comparable. */
export function describeProcessorTime(
  signalbox: readonly Product[],
  express: readonly Accepting[],
  bare: readonly Accepting[],
): string {
  const servers: Server[] = [
    ['Signalbox', signalbox],
    ['Express', express],
    ['node:http', bare],
  ]
  const used = (rounds: readonly Accepting[], name: 'used100' | 'used500', thread: keyof ProcessorTime) =>
    withRange(rounds.flatMap((each) => each[name]?.[thread] ?? []))
  const rows = servers.flatMap(([name, rounds]) => [
    [`${name}, main thread`, used(rounds, 'used100', 'mainThread'), used(rounds, 'used500', 'mainThread')],
    [`${name}, all threads`, used(rounds, 'used100', 'all'), used(rounds, 'used500', 'all')],
  ])
  const sent = (name: 'sent100' | 'sent500') =>
    withRange(
      signalbox.map((each) => each[name]),
      2,
    )
  return table(
    ['processor time, µs per request', '100 in flight', '500 in flight'],
    [...rows, ['Signalbox, messages sent per message accepted', sent('sent100'), sent('sent500')]],
  )
}

export function describeProduct(rounds: readonly Product[]): string {
  const batch = rounds.map(({ batchRecipients }) => batchRecipients)
  const half = rounds.map(({ halfLoad }) => halfLoad)
  const p99 = half.map(({ p99Ms }) => p99Ms)
  const rows = [
    [
      'recipients/s through send-batch, thousands',
      thousands(batch),
      goalOf(BATCH_RECIPIENTS / 1000, '≥', median(batch) >= BATCH_RECIPIENTS),
    ],
    ['half load, thousands of requests/s', thousands(half.map(({ rate }) => rate)), ''],
    ['latency at half load, p50, ms', withRange(half.map(({ p50Ms }) => p50Ms)), ''],
    ['p99, ms', withRange(p99), goalOf(HALF_LOAD_P99_MS, '≤', median(p99) <= HALF_LOAD_P99_MS)],
    ['longest, ms', withRange(half.map(({ maxMs }) => maxMs)), ''],
  ]
  return table(['Signalbox', 'median', 'goal'], rows)
}

function ratio(ratios: number[], hasGoal: boolean): string {
  return hasGoal
    ? `${withRange(ratios, 2)}, ${goalOf(TIMES_EXPRESS, '≥', median(ratios) >= TIMES_EXPRESS)}`
    : withRange(ratios, 2)
}

function goalOf(value: number, sign: string, reached: boolean): string {
  return `${reached ? 'reached' : 'MISSED'} ${sign} ${value}`
}

function at100(rounds: readonly Accepting[]): number[] {
  return rounds.map((each) => each.at100)
}

function at500(rounds: readonly Accepting[]): number[] {
  return rounds.map((each) => each.at500)
}
