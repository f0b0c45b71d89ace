import { CHANNELS, type MonitorStats } from '@signalbox/contracts'
import type { MonitorFigures, Tally } from '@signalbox/engine'
import { oneDecimal, tenths } from './round.ts'
import { presentPools, presentTotals } from './statistics.ts'
import type { View } from './view.ts'

export function presentMonitor(figures: MonitorFigures, { instant }: View): MonitorStats {
  const { today, baseline, lastHour, trend, channels, pools, queues, rates, conservation } = figures
  return {
    cards: { today: presentCard(today), baseline: baseline && presentCard(baseline) },
    last_hour: {
      first_minute: instant(lastHour.firstMinute),
      sent: lastHour.sent,
      success: lastHour.success,
      failed: lastHour.failed,
      avg_response_ms: lastHour.avgResponseMs.map(tenths),
    },
    trend: trend.map(({ date, tally }) => ({ ...presentTotals(tally), date })),
    channels: CHANNELS.map((channel) => ({ ...presentTotals(channels[channel]), channel })),
    pools: presentPools(pools),
    queues,
    rates: { accepted: oneDecimal(rates.accepted), ended: oneDecimal(rates.ended), failed: oneDecimal(rates.failed) },
    conservation: {
      accepted: conservation.accepted,
      by_state: conservation.byState,
      balanced: conservation.balanced,
      offending_ids: conservation.offendingIds,
    },
  }
}

function presentCard(tally: Tally): MonitorStats['cards']['today'] {
  return {
    ...presentTotals(tally),
    avg_response_ms: tenths(tally.avgResponseMs),
    p95_response_ms: tenths(tally.p95ResponseMs),
  }
}
