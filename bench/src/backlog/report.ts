import { table, thousands, withRange } from '../results.ts'
import { median, pairedRatios, quantile } from '../statistics.ts'
import type { Filled } from './fill.ts'
import type { Ran } from './run.ts'
import type { Slow, SlowInput } from './slow.ts'

export interface Round {
  empty: Ran
  filled: Filled
  behind: Ran
}

/** What the engine is held to with a backlog of a million. 381 MiB are 400 MB. */
const GOALS = { rssMiB: 381, urgentMs: 100, startUpMs: 5_000, share: 0.85, slowPercent: 5 } as const

export function describeBacklog(rounds: readonly Round[], messages: number): string {
  const of = (pick: (round: Round) => number) => rounds.map(pick)
  const urgent = of(({ behind }) => quantile(behind.urgentMs, 0.99))
  const startUp = of(({ behind }) => behind.startUpMs)
  const rss = of(({ behind }) => behind.rssMiB)
  const sent = pairedRatios(
    of(({ behind }) => behind.sentPerSecond),
    of(({ empty }) => empty.sentPerSecond),
  )
  const drained = pairedRatios(
    of(({ behind }) => behind.drainedPerSecond),
    of(({ empty }) => empty.drainedPerSecond),
  )
  const rows = [
    [
      'accepting it in batches of 10,000, thousands/s',
      thousands(of(({ filled }) => (messages / filled.ms) * 1000)),
      '',
    ],
    [
      'memory after accepting (RSS), MiB',
      withRange(
        of(({ filled }) => filled.rssMiB),
        0,
      ),
      '',
    ],
    [
      'start-up with it, ms',
      withRange(startUp, 0),
      verdict(median(startUp) <= GOALS.startUpMs, `≤ ${GOALS.startUpMs}`),
    ],
    [
      'priority 10 leaves, p99, ms',
      withRange(urgent),
      verdict(median(urgent) <= GOALS.urgentMs, `≤ ${GOALS.urgentMs}`),
    ],
    ['the same in an empty queue', withRange(of(({ empty }) => quantile(empty.urgentMs, 0.99))), ''],
    ['sent while 100 accepts are in flight, thousands/s', thousands(of(({ behind }) => behind.sentPerSecond)), ''],
    ['accepted meanwhile', thousands(of(({ behind }) => behind.acceptedPerSecond)), ''],
    ['empty queue: sent, thousands/s', thousands(of(({ empty }) => empty.sentPerSecond)), ''],
    ['empty queue: accepted', thousands(of(({ empty }) => empty.acceptedPerSecond)), ''],
    [
      'drained per second, nothing being accepted, thousands',
      thousands(of(({ behind }) => behind.drainedPerSecond)),
      '',
    ],
    ['empty queue: 20,000 drained, thousands/s', thousands(of(({ empty }) => empty.drainedPerSecond)), ''],
    ['drained ÷ empty queue', withRange(drained, 2), verdict(median(drained) >= GOALS.share, `≥ ${GOALS.share}`)],
    [
      'sent while accepting ÷ empty queue',
      withRange(sent, 2),
      verdict(median(sent) >= GOALS.share, `≥ ${GOALS.share}`),
    ],
    ['most memory at work (RSS), MiB', withRange(rss, 0), verdict(median(rss) <= GOALS.rssMiB, `≤ ${GOALS.rssMiB}`)],
    [
      'left of it at the end',
      withRange(
        of(({ behind }) => behind.left),
        0,
      ),
      '',
    ],
  ]
  return `${table(['backlog', 'median (lowest–highest)', 'goal'], rows)}\n\nThe goals are those for a backlog of 1,000,000 (\`--full\`).`
}

export function describeSlow(slow: Slow, input: Omit<SlowInput, 'folder'>): string {
  const { messages, counted, latencyMs, workers } = input
  const leastMs = (counted * latencyMs) / workers
  const over = (slow.ms / leastMs - 1) * 100
  const { slowPercent } = GOALS
  return [
    `A batch of ${messages.toLocaleString('en')} against a provider of ${latencyMs} ms with ${workers} workers:`,
    `${counted.toLocaleString('en')} answers after ${(slow.ms / 1000).toFixed(2)} s, where arithmetic allows ${(leastMs / 1000).toFixed(2)} s:`,
    `+${over.toFixed(1)} %, ${verdict(over <= slowPercent, `≤ ${slowPercent} %`)}.`,
    `(The provider took ${slow.meanLatencyMs.toFixed(1)} ms in the mean: timers are late.)`,
  ].join(' ')
}

function verdict(reached: boolean, goal: string): string {
  return `${reached ? 'reached' : 'MISSED'} ${goal}`
}
