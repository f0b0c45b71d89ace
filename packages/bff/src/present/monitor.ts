import {
  CHANNELS,
  type CardFigures,
  type Channel,
  type Conservation,
  type MonitorStats,
  type Range,
} from '@signalbox/contracts'
import type {
  Alert,
  Conservation as ConservationFigures,
  MonitorFigures,
  PastFigures,
  Paused,
  RangeFigures,
  StateCount,
  Tally,
} from '@signalbox/engine'
import { presentAlert } from './alert.ts'
import { presentPauses } from './explain.ts'
import { oneDecimal, tenths } from './round.ts'
import { presentPools, presentTotals } from './statistics.ts'
import type { View } from './view.ts'

/** The sections that differ from range to range. */
export const RANGED = ['cards', 'curve', 'usual', 'channels'] as const
export type Ranged = Pick<MonitorStats, (typeof RANGED)[number]>
export type Common = Omit<MonitorStats, keyof Ranged>

export function presentCommon(
  figures: MonitorFigures,
  alerts: readonly Alert[],
  held: MonitorStats['held'],
  cluster: Pick<MonitorStats, 'nodes' | 'links'>,
  view: View,
): Common {
  const { pools, scaling, queues, rates, conservation } = figures
  return {
    ...presentPast(figures, view),
    pools: presentPools(pools),
    scaling: scaling.map((change) => ({ ...change, at: view.instant(change.at) })),
    queues,
    rates: { accepted: oneDecimal(rates.accepted), ended: oneDecimal(rates.ended), failed: oneDecimal(rates.failed) },
    conservation: presentConservation(conservation),
    ...cluster,
    held,
    alerts: alerts.map((alert) => presentAlert(alert, view)),
  }
}

/** @param states counted by state and channel; only looked at where a channel is paused */
export function presentHeld(
  paused: Paused,
  queues: MonitorFigures['queues'],
  states: readonly StateCount[],
  { instant }: View,
): MonitorStats['held'] {
  const { channels, queues: held } = presentPauses(paused, instant)
  const waitingIn = (wanted: Channel) =>
    states.reduce((sum, { status, channel, count }) => sum + (status === 'queued' && channel === wanted ? count : 0), 0)
  return {
    channels: channels.map(({ channel, since }) => ({ channel, since, waiting: waitingIn(channel) })),
    queues: held.map(({ queue, since }) => ({ queue, since, waiting: queues[queue].queued })),
  }
}

export function presentConservation({ accepted, byState, balanced, offendingIds }: ConservationFigures): Conservation {
  return { accepted, by_state: byState, balanced, offending_ids: offendingIds }
}

/** What of that rollups alone can tell. */
export function presentPast(
  { lastHour, trend }: PastFigures,
  { instant }: View,
): Pick<MonitorStats, 'last_hour' | 'trend'> {
  return {
    last_hour: {
      first_minute: instant(lastHour.firstMinute),
      sent: lastHour.sent,
      success: lastHour.success,
      failed: lastHour.failed,
      avg_response_ms: lastHour.avgResponseMs.map(tenths),
    },
    trend: trend.map(({ date, counts }) => ({ ...presentTotals(counts), date })),
  }
}

export function presentRange({ current, baseline, curve, usual, channels }: RangeFigures, { instant }: View): Ranged {
  return {
    cards: { current: presentCard(current), baseline: baseline && presentCard(baseline) },
    curve: { first_slot: instant(curve.first), slot_ms: curve.slotMs, sent: curve.sent, failed: curve.failed },
    usual: {
      ...{ first_slot: instant(usual.first), slot_ms: usual.slotMs, weeks: usual.weeks },
      ...{ low: usual.low, median: usual.median, high: usual.high, failed_high: usual.failedHigh },
    },
    channels: CHANNELS.map((channel) => presentChannel(channel, channels[channel])),
  }
}

export function rangeOf(figures: PastFigures, range: Range): RangeFigures {
  const found = figures.ranges[range]
  if (!found) throw new Error(`expected figures of the range ${range}, got none`)
  return found
}

function presentCard(tally: Tally): CardFigures {
  return {
    ...presentTotals(tally),
    accepted: tally.accepted,
    avg_response_ms: tenths(tally.avgResponseMs),
    p50_response_ms: tenths(tally.p50ResponseMs),
    p95_response_ms: tenths(tally.p95ResponseMs),
    p99_response_ms: tenths(tally.p99ResponseMs),
  }
}

function presentChannel(channel: Channel, tally: Tally): MonitorStats['channels'][number] {
  const sample = tally.success + tally.failed + tally.expired
  return { ...presentTotals(tally), channel, sample, avg_response_ms: tenths(tally.avgResponseMs) }
}
