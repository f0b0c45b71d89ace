import type { Channel, MessageState, QueueName, Range } from '@signalbox/contracts'
import type { QueueDepth } from '../queue/queues.ts'
import type { ServiceActivity } from './service-activity.ts'
import type { HistoryRow } from './store.ts'
import type { PoolFigures } from '../workers/pool.ts'
import type { ScalingDecision } from '../workers/scaling.ts'

/** Messages by what became of them, for a range of time. */
export interface Counts {
  accepted: number
  /** Ended: success + failed + expired + unknown. */
  sent: number
  success: number
  failed: number
  expired: number
  unknown: number
  /** Percent with two decimals, null when nothing ended. */
  successRate: number | null
}

export interface Tally extends Counts {
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

/** By minute, oldest first. */
export interface LastHour {
  firstMinute: number
  sent: number[]
  success: number[]
  failed: number[]
  avgResponseMs: (number | null)[]
}

/** What past weeks had in the same slots; null where there are none. */
export interface Usual {
  first: number
  slotMs: number
  weeks: number
  low: (number | null)[]
  median: (number | null)[]
  high: (number | null)[]
  failedHigh: (number | null)[]
}

export interface RangeFigures {
  current: Tally
  /** The same stretch of time a week before, up to the same minute; null when nothing was accepted then. */
  baseline: Tally | null
  channels: Record<Channel, Tally>
  /** Slots up to now, oldest first. */
  curve: { first: number; slotMs: number; sent: number[]; failed: number[] }
  usual: Usual
}

/** What the rollups alone tell of the wall. */
export interface PastFigures {
  lastHour: LastHour
  /** Seven days, today last. */
  trend: { date: string; counts: Counts }[]
  ranges: Partial<Record<Range, RangeFigures>>
}

/** What one node has in memory, and no store: the figures of several are put together above. */
export interface LiveFigures {
  pools: Record<string, PoolFigures>
  /** The last changes of a pool's size, newest first. */
  scaling: ScalingDecision[]
  queues: Record<QueueName, QueueDepth>
  /** Per second over the last 5 seconds. */
  rates: { accepted: number; ended: number; failed: number }
}

/** Everything the wall shows apart from the feed; one call per tick serves all viewers. */
export interface MonitorFigures extends PastFigures, LiveFigures {
  conservation: Conservation
}

export interface TemplateUse {
  /** Epoch ms from which `counts` are: seven days ago, rounded down to the hour. */
  since: number
  templates: { templateId: number; lastUsedAt: number | null; counts: Counts }[]
}

/** Reads rollups only; never counts messages (except `conservation({ deep: true })`). Days are days in `display.time_zone`. */
export interface Stats {
  /** Defaults: today. `from` and `to` are YYYY-MM-DD, both inclusive. */
  overview(range?: { from?: string | undefined; to?: string | undefined }): Promise<Overview>
  realtime(): Promise<{ messages: StateCount[]; pools: Record<string, PoolFigures>; windowMinutes: number }>
  /** Each of these ranges once; default: today. */
  monitor(ranges?: readonly Range[]): Promise<MonitorFigures>
  /** Of this node; reads nothing. */
  live(): LiveFigures
  /** Seven days of each template, at most 10 s old. */
  templates(): Promise<TemplateUse>
  /** By hour, so many up to now with the one that is still filling. */
  services(hours: number): Promise<ServiceActivity>
  /** As of a whole minute in the past. */
  past(at: number, ranges: readonly Range[]): Promise<PastFigures>
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
