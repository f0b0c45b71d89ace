import { CHANNELS, type CardFigures, type Channel, type MonitorStats } from '@signalbox/contracts'
import type { Alert, MonitorFigures, Tally } from '@signalbox/engine'
import { presentAlert } from './alert.ts'
import { oneDecimal, tenths } from './round.ts'
import { presentPools, presentTotals } from './statistics.ts'
import type { View } from './view.ts'

export function presentMonitor(figures: MonitorFigures, alerts: readonly Alert[], view: View): MonitorStats {
  const { instant } = view
  const { today, baseline, lastHour, trend, channels, pools, queues, rates, conservation } = figures
  return {
    cards: { current: presentCard(today), baseline: baseline && presentCard(baseline) },
    last_hour: {
      first_minute: instant(lastHour.firstMinute),
      sent: lastHour.sent,
      success: lastHour.success,
      failed: lastHour.failed,
      avg_response_ms: lastHour.avgResponseMs.map(tenths),
    },
    trend: trend.map(({ date, tally }) => ({ ...presentTotals(tally), date })),
    curve: { first_slot: instant(0), slot_ms: 3_600_000, sent: [], failed: [] },
    usual: { first_slot: instant(0), slot_ms: 3_600_000, weeks: 0, low: [], median: [], high: [], failed_high: [] },
    channels: CHANNELS.map((channel) => presentChannel(channel, channels[channel])),
    pools: presentPools(pools),
    scaling: [],
    queues,
    rates: { accepted: oneDecimal(rates.accepted), ended: oneDecimal(rates.ended), failed: oneDecimal(rates.failed) },
    conservation: {
      accepted: conservation.accepted,
      by_state: conservation.byState,
      balanced: conservation.balanced,
      offending_ids: conservation.offendingIds,
    },
    alerts: alerts.map((alert) => presentAlert(alert, view)),
  }
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
