import type { Channel, MessageState, QueueName } from '@signalbox/contracts'
import type { QueueDepth } from '../queue/queues.ts'
import type { HistoryRow } from './store.ts'
import type { PoolFigures } from '../workers/pool.ts'

/** Counts of messages by what became of them, for a range of time. */
export interface Tally {
  accepted: number
  /** Ended: success + failed + expired + unknown. */
  sent: number
  success: number
  failed: number
  expired: number
  unknown: number
  /** Percent with two decimals, null when nothing ended. */
  successRate: number | null
  /** Milliseconds from hand-over to the provider's answer. */
  avgResponseMs: number | null
  p50ResponseMs: number | null
  p95ResponseMs: number | null
  p99ResponseMs: number | null
}

export interface Overview {
  total: Tally
  byChannel: Partial<Record<Channel, Tally>>
  daily: { date: string; tally: Tally }[]
  timeZone: string
}

export interface StateCount {
  status: MessageState
  channel: Channel
  count: number
  avgDurationMs: number | null
}

export interface Conservation {
  accepted: number
  byState: Record<MessageState, number>
  balanced: boolean
  offendingIds: number[]
}

/** Everything the wall shows apart from the feed; one call per tick serves all viewers. */
export interface MonitorFigures {
  today: Tally
  /** The same weekday last week up to the same time; null when nothing was accepted then. */
  baseline: Tally | null
  lastHour: {
    firstMinute: number
    sent: number[]
    success: number[]
    failed: number[]
    avgResponseMs: (number | null)[]
  }
  /** Seven days, today last. */
  trend: { date: string; tally: Tally }[]
  channels: Record<Channel, Tally>
  pools: Record<string, PoolFigures>
  queues: Record<QueueName, QueueDepth>
  /** Per second over the last 5 seconds. */
  rates: { accepted: number; ended: number; failed: number }
  conservation: Conservation
}

/** Reads rollups only; never counts messages (except `conservation({ deep: true })`). Days are days in `display.time_zone`. */
export interface Stats {
  /** Defaults: today. `from` and `to` are YYYY-MM-DD, both inclusive. */
  overview(range?: { from?: string | undefined; to?: string | undefined }): Promise<Overview>
  realtime(): Promise<{ messages: StateCount[]; pools: Record<string, PoolFigures>; windowMinutes: number }>
  monitor(): Promise<MonitorFigures>
  /** `deep` recounts from the records and names those that do not add up. */
  conservation(options?: { deep?: boolean }): Promise<Conservation>
  /** Over the last minute. */
  recent(): Promise<{
    endedPerSecond: number
    avgResponseMs: number | null
    errorRate: number | null
    activeServices: number
  }>
  /** Adds past figures that no message stands for: a demo's history, an import from another system. */
  importHistory(rows: readonly HistoryRow[]): Promise<void>
}
