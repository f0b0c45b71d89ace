/**
 * What the wall shows: one snapshot over HTTP, then ticks over the socket.
 *
 * A tick carries every section of the figures that changed after `since`, as it stands at `seq`. So whoever has seen
 * `since` or anything after it may apply it; whoever has not (`since` above the own `seq`) asks with `catch_up`.
 */
import { z } from 'zod'
import { alertSchema, alertStateSchema } from './alerts.ts'
import type { BulkJob } from './bulk.ts'
import type { FollowList, ListChange } from './lists.ts'
import { messageRowSchema } from './messages.ts'
import { linkSchema, nodeSchema } from './nodes.ts'
import { conservationSchema, poolStatsSchema, totalsSchema } from './statistics.ts'
import { channelSchema, daySchema, instantSchema, queueSchema, workedQueueSchema } from './vocabulary.ts'

export const FEED_ROWS = 50
/** Failures are never left out of a tick, up to this many: at more than that nobody reads them one by one. */
export const FEED_FAILURES = 100

const count = z.int().nonnegative()
const ms = z.number().nonnegative().nullable()

/** What `cards`, `channels`, `curve` and `usual` cover. `today` begins at midnight in `display.time_zone`. */
export const RANGES = ['today', '24h', '7d'] as const
export const rangeSchema = z.enum(RANGES)
export type Range = z.infer<typeof rangeSchema>

export const cardFiguresSchema = totalsSchema.extend({
  accepted: count,
  avg_response_ms: ms,
  p50_response_ms: ms,
  p95_response_ms: ms,
  p99_response_ms: ms,
})
export type CardFigures = z.infer<typeof cardFiguresSchema>

/** `baseline`: the same stretch of time one week before, up to the same minute; null when there are no data of it. */
export const cardsSchema = z.object({
  current: cardFiguresSchema,
  baseline: cardFiguresSchema.nullable(),
})

/** Columns, oldest minute first, so that 60 minutes stay small on the wire. */
export const lastHourSchema = z.object({
  first_minute: instantSchema,
  sent: z.array(count),
  success: z.array(count),
  failed: z.array(count),
  avg_response_ms: z.array(ms),
})

/** The range as a line: columns of equal slots, oldest first, the last one still filling. */
export const curveSchema = z.object({
  first_slot: instantSchema,
  slot_ms: z.int().positive(),
  sent: z.array(count),
  failed: z.array(count),
})

/**
 * What is usual in the same slots, from the same weekdays of past weeks. Covers the whole range, for `today` also the
 * hours to come. Null in a slot: no data of any past week.
 */
export const usualSchema = z.object({
  first_slot: instantSchema,
  slot_ms: z.int().positive(),
  /** Past weeks that have data; with 0 there is no band, with 1 it is a line. At most 8. */
  weeks: count,
  low: z.array(z.number().nullable()),
  median: z.array(z.number().nullable()),
  high: z.array(z.number().nullable()),
  /** The highest number of failures of those weeks. */
  failed_high: z.array(z.number().nullable()),
})

export const channelFiguresSchema = totalsSchema.extend({
  channel: channelSchema,
  /** What success_rate rests on: success + failed + expired. */
  sample: count,
  avg_response_ms: ms,
})

export const scalingSchema = z.object({
  pool: z.string(),
  at: instantSchema,
  from: count,
  to: count,
  reason: z.string(),
})

/** What operators hold back, since when (null when that is not known), and how many messages wait there for being resumed. */
export const heldSchema = z.object({
  channels: z.array(z.object({ channel: channelSchema, since: instantSchema.nullable(), waiting: count })),
  queues: z.array(z.object({ queue: workedQueueSchema, since: instantSchema.nullable(), waiting: count })),
})
export type Held = z.infer<typeof heldSchema>

export const monitorStatsSchema = z
  .object({
    cards: cardsSchema,
    last_hour: lastHourSchema,
    /** Seven days, today last. The same in every range. */
    trend: z.array(totalsSchema.extend({ date: daySchema })),
    curve: curveSchema,
    usual: usualSchema,
    /** Every channel, also those with nothing. */
    channels: z.array(channelFiguresSchema),
    pools: z.record(z.string(), poolStatsSchema),
    /** The last 20 changes of a pool's size, newest first. */
    scaling: z.array(scalingSchema),
    queues: z.record(queueSchema, z.object({ scheduled: count, queued: count, processing: count })),
    /** Per second, over the last 5 seconds. */
    rates: z.object({ accepted: z.number(), ended: z.number(), failed: z.number() }),
    conservation: conservationSchema,
    /** Empty where there can be only one. */
    nodes: z.array(nodeSchema),
    /** Services that the store stands on; none of a store in a file. */
    links: z.array(linkSchema),
    /** What is paused: nothing of it moves, and nothing is wrong. */
    held: heldSchema,
    /** Every rule, also those that are `ok`. */
    alerts: z.array(alertSchema),
  })
  .meta({ id: 'MonitorStats' })
export type MonitorStats = z.infer<typeof monitorStatsSchema>

export const snapshotQuerySchema = z.strictObject({ range: rangeSchema.default('today') })

export const monitorSnapshotSchema = z
  .object({
    seq: count,
    computed_at: instantSchema,
    /** The server's process, so that a restart is told from a gap. */
    epoch: z.string(),
    tick_ms: z.int().positive(),
    time_zone: z.string(),
    demo: z.boolean(),
    range: rangeSchema,
    stats: monitorStatsSchema,
    /** Newest first, at most 50. */
    feed: z.array(messageRowSchema),
  })
  .meta({ id: 'MonitorSnapshot' })
export type MonitorSnapshot = z.infer<typeof monitorSnapshotSchema>

/** Sent to the rooms of the figures: every section that changed after `since`. */
export const monitorTickSchema = z.object({
  seq: count,
  /** Applies on top of any `seq` from here on; a viewer that has seen less has missed something. */
  since: count,
  computed_at: instantSchema,
  epoch: z.string(),
  range: rangeSchema,
  stats: monitorStatsSchema.partial(),
})
export type MonitorTick = z.infer<typeof monitorTickSchema>

/** Rows that appeared or moved after `since`. */
export const feedTickSchema = z.object({
  seq: count,
  since: count,
  epoch: z.string(),
  /** All failures up to `FEED_FAILURES`, then the newest others up to `FEED_ROWS` in all. */
  rows: z.array(messageRowSchema),
  /** Messages that changed, and how many of those failed, expired or became unknown: more than `rows` may hold. */
  changed: count,
  failures: count,
})
export type FeedTick = z.infer<typeof feedTickSchema>

/**
 * Rooms. Figures: one room per range, at each tick or, `slow:`, every 5 s (slow links, hidden tabs); join one of them.
 * Feed: at each tick or every 5 s; a hidden tab leaves it.
 */
export const STATS_ROOMS = ['stats', 'stats:24h', 'stats:7d', 'slow', 'slow:24h', 'slow:7d'] as const
export const FEED_ROOMS = ['feed', 'slow:feed'] as const
export const monitorRoomSchema = z.enum([...STATS_ROOMS, ...FEED_ROOMS])
export type StatsRoom = (typeof STATS_ROOMS)[number]
export type FeedRoom = (typeof FEED_ROOMS)[number]
export type MonitorRoom = z.infer<typeof monitorRoomSchema>
export const SLOW_MS = 5_000

/** Asks for what was missed in a room after `seq` of that `epoch`. */
export const catchUpSchema = z.strictObject({ room: monitorRoomSchema, epoch: z.string().max(64), seq: count })
export type CatchUp = z.infer<typeof catchUpSchema>
/** Neither tick: it is too long ago, or of another process. Fetch the snapshot. */
export type CatchUpReply =
  { ok: true; seq: number; tick?: MonitorTick; feed?: FeedTick } | { ok: false; message: string }

/** socket.io namespace `/monitor`. */
export interface MonitorServerEvents {
  tick: (tick: MonitorTick) => void
  feed: (tick: FeedTick) => void
  /** The trace the client watches has moved: fetch it again. */
  trace: (change: { record_id: number }) => void
  /** Somebody changed a template, or its experiment: fetch what you show of it again. */
  template: (change: { id: number }) => void
  /** Somebody saved or deleted a view of the messages: fetch them again. */
  views: () => void
  /** What became of the list that the client follows. */
  list: (change: ListChange) => void
  /** A bulk action began, came further or ended; to those who follow a list. */
  bulk: (job: BulkJob) => void
  /**
   * Told on connection: should this connection be lost, come back after so many ms, and as long as nobody is there after
   * twice as many each time, up to some seconds. The server spreads its viewers, so that at most 100 come in a second.
   */
  hello: (notice: { epoch: string; reconnect_in_ms: number }) => void
  /** The server is about to stop; come back after this many ms (spread by the server). */
  bye: (notice: { reconnect_in_ms: number }) => void
}
export interface MonitorClientEvents {
  /** Figures and feed are rooms of their own: a hidden tab leaves `feed`. */
  join: (room: MonitorRoom, ack: (reply: SocketReply) => void) => void
  leave: (room: MonitorRoom, ack: (reply: SocketReply) => void) => void
  catch_up: (from: CatchUp, ack: (reply: CatchUpReply) => void) => void
  /** The snapshot of the node that this socket is at: over HTTP another one may have answered. */
  snapshot: (query: z.input<typeof snapshotQuerySchema>, ack: (reply: SnapshotReply) => void) => void
  /** Follows one message; at most 10 per socket. */
  watch: (recordId: number, ack: (reply: SocketReply) => void) => void
  /** One list per socket: the last one counts. */
  follow_list: (list: FollowList, ack: (reply: SocketReply) => void) => void
  unfollow_list: (ack: (reply: SocketReply) => void) => void
  unwatch: (recordId: number, ack: (reply: SocketReply) => void) => void
}
export type SnapshotReply = { ok: true; snapshot: MonitorSnapshot } | { ok: false; message: string }
export type SocketReply = { ok: true; seq: number } | { ok: false; message: string }
export const MONITOR_NAMESPACE = '/monitor'
export const WATCHES_PER_SOCKET = 10

/**
 * `data` of a refused connection. At most 100 viewers are let in per second; the next wait a few seconds on their connection,
 * and who comes when even that is full is told when to try again.
 */
export const comeBackLaterSchema = z.object({ come_back_in_ms: z.number().positive() })
export type ComeBackLater = z.infer<typeof comeBackLaterSchema>

/** How far back the wall can be taken. */
export const REWIND_MS = 60 * 60_000

/** A section of the figures, or the feed. */
export const rewindSectionSchema = z.enum([
  ...(Object.keys(monitorStatsSchema.shape) as (keyof MonitorStats)[]),
  'feed',
])

/** The moments that can be shown, as columns, oldest first: what a slider needs, and where on it something was wrong. */
export const rewindIndexSchema = z
  .object({
    from: instantSchema,
    to: instantSchema,
    frames: z.object({
      /** Seconds after `from`. */
      at_s: z.array(count),
      /** 1: as it was on the wall. 0: put together from rollups after a restart, without what they do not hold. */
      recorded: z.array(z.union([z.literal(0), z.literal(1)])),
      /** Per second. */
      ended: z.array(z.number()),
      failed: z.array(z.number()),
      /** The worst state of an alert; null where it was not recorded. */
      alert: z.array(alertStateSchema.nullable()),
    }),
    /** Compressed, in memory. */
    bytes: count,
    max_bytes: count,
  })
  .meta({ id: 'RewindIndex' })
export type RewindIndex = z.infer<typeof rewindIndexSchema>

export const rewindQuerySchema = z.strictObject({
  /** ISO 8601 with offset; the last moment at or before it is given. */
  at: instantSchema,
  range: rangeSchema.default('today'),
})

export const rewindSchema = z
  .object({
    /** The moment that is shown. */
    at: instantSchema,
    source: z.enum(['recorded', 'rollups']),
    /** Nothing is known of these at that moment; show "no data", never 0. */
    missing: z.array(rewindSectionSchema),
    range: rangeSchema,
    time_zone: z.string(),
    stats: monitorStatsSchema.partial(),
    feed: z.array(messageRowSchema).nullable(),
  })
  .meta({ id: 'Rewind' })
export type Rewind = z.infer<typeof rewindSchema>
