import type { Channel, MessageState } from '@signalbox/contracts'

/** Rollups of a range, added up by channel and state. `histogram` is the encoded form of `histogram.ts`. */
export interface RollupSum {
  channel: Channel
  state: MessageState | 'accepted'
  count: number
  durationMsSum: number
  responseCount: number
  responseMsSum: number
}

export interface RangeSum {
  sums: RollupSum[]
  /** Response times of all of them. */
  histogram: string
}

/** For `importHistory`: what happened in one minute. */
export interface HistoryRow {
  /** Epoch ms; booked in the minute that holds it. */
  at: number
  channel: Channel
  serviceId: number
  templateId: number
  state: MessageState | 'accepted'
  count: number
  durationMsSum: number
  /** Response times in ms that stand for all `count` messages. */
  responseMs: readonly number[]
}

export interface Audit {
  states: { channel: Channel; state: MessageState | 'accepted'; count: number }[]
  records: { channel: Channel; state: MessageState; count: number }[]
  /** Messages that stand in no state or in several; at most as many as were asked for. */
  strays: number[]
}

/** What one service did in one hour. */
export interface ServiceHour {
  serviceId: number
  at: number
  /** Sent, delivered or read. */
  sent: number
  failed: number
  unknown: number
  /** 95 % of its answers came faster; null without any. */
  p95Ms: number | null
}

/** How many messages ended (or were accepted) so. */
export type StateCounts = Partial<Record<MessageState | 'accepted', number>>

export interface TemplateCounts {
  templateId: number
  /** The minute in which its last message was accepted, epoch ms; null when none was. */
  lastUsedAt: number | null
  counts: StateCounts
}

/** Rollups are written in the transactions of what they count; this port reads them. Times are epoch ms. */
export interface StatsStore {
  /**
   * The sum of each range, all in one consistent reading. From inclusive, to exclusive; both are rounded down to whole
   * minutes. Whole hours are read from the hours.
   */
  ranges(ranges: readonly { from: number; to: number }[]): Promise<RangeSum[]>
  /** As `ranges`, of all channels and without response times: cheap also for weeks. */
  counts(ranges: readonly { from: number; to: number }[]): Promise<StateCounts[]>
  /** The hour of the oldest figure; null when there is none. */
  firstAt(): Promise<number | null>
  /** One sum per minute. */
  minutes(from: number, to: number): Promise<{ at: number; sums: RollupSum[] }[]>
  /** Each template that was ever used or has a figure: counts of whole hours from the one that holds `from`. */
  templates(from: number): Promise<TemplateCounts[]>
  /** Whole hours from (inclusive) to (exclusive), of every service that did something in one. */
  serviceHours(from: number, to: number): Promise<ServiceHour[]>
  /** Under which time 95 % of its answers came in the hours since `from`, of every service that got any. */
  serviceTimes(from: number): Promise<{ serviceId: number; p95Ms: number | null }[]>
  states(): Promise<{ channel: Channel; state: MessageState | 'accepted'; count: number }[]>
  /** Counts the records themselves beside what is counted of them, in one reading. Slow: for the conservation check. */
  audit(limit: number): Promise<Audit>
  importHistory(rows: readonly HistoryRow[]): Promise<void>
}
