/** Rollups of a range as the counts and times that people read. Pure. */
import { CHANNELS, type Channel } from '@signalbox/contracts'
import { isSuccess } from '../messages/states.ts'
import { Histogram } from './histogram.ts'
import type { Counts, Tally } from './stats.ts'
import type { RangeSum, RollupSum, StateCounts } from './store.ts'

export function countsOf(states: StateCounts): Counts {
  let success = 0
  for (const [state, count] of Object.entries(states) as [RollupSum['state'], number][]) {
    if (state !== 'accepted' && isSuccess(state)) success += count
  }
  const { accepted = 0, failed = 0, expired = 0, unknown = 0 } = states
  const judged = success + failed + expired
  return {
    ...{ accepted, success, failed, expired, unknown, sent: judged + unknown },
    successRate: judged > 0 ? Math.round((success / judged) * 10_000) / 100 : null,
  }
}

export function tallyOf(range: RangeSum | undefined): Tally {
  const sums = range?.sums ?? []
  const states: StateCounts = {}
  let responses = 0
  let responseMs = 0
  for (const { state, count, responseCount, responseMsSum } of sums) {
    states[state] = (states[state] ?? 0) + count
    responses += responseCount
    responseMs += responseMsSum
  }
  const histogram = Histogram.decode(range?.histogram ?? '')
  return {
    ...countsOf(states),
    avgResponseMs: responses > 0 ? responseMs / responses : null,
    p50ResponseMs: histogram.quantile(0.5),
    p95ResponseMs: histogram.quantile(0.95),
    p99ResponseMs: histogram.quantile(0.99),
  }
}

export function byChannel(range: RangeSum | undefined): Partial<Record<Channel, Tally>> {
  const channels: Partial<Record<Channel, Tally>> = {}
  for (const channel of CHANNELS) {
    const sums = (range?.sums ?? []).filter((row) => row.channel === channel)
    if (sums.length > 0) channels[channel] = tallyOf({ sums, histogram: '' })
  }
  return channels
}

export function everyChannel(range: RangeSum | undefined): Record<Channel, Tally> {
  const none = CHANNELS.map((channel) => [channel, tallyOf(undefined)] as const)
  return { ...(Object.fromEntries(none) as Record<Channel, Tally>), ...byChannel(range) }
}

/** One range from two that do not overlap. */
export function joined(a: RangeSum, b: RangeSum): RangeSum {
  const histogram = Histogram.decode(a.histogram)
  histogram.merge(Histogram.decode(b.histogram))
  return { sums: [...a.sums, ...b.sums], histogram: histogram.encode() }
}
