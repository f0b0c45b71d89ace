/** What the wall shows: one snapshot over HTTP, then ticks over the socket, in order of `seq`. */
import { z } from 'zod'
import { messageRowSchema } from './messages.ts'
import { conservationSchema, poolStatsSchema, totalsSchema } from './statistics.ts'
import { channelSchema, daySchema, instantSchema, queueSchema } from './vocabulary.ts'

export const FEED_ROWS = 50

const ms = z.number().nonnegative().nullable()

/** Figures for the cards; `baseline` is the same weekday last week up to the same time, null when there is none. */
export const cardsSchema = z.object({
  today: totalsSchema.extend({ avg_response_ms: ms, p95_response_ms: ms }),
  baseline: totalsSchema.extend({ avg_response_ms: ms, p95_response_ms: ms }).nullable(),
})

/** Columns, oldest minute first, so that 60 minutes stay small on the wire. */
export const lastHourSchema = z.object({
  first_minute: instantSchema,
  sent: z.array(z.int()),
  success: z.array(z.int()),
  failed: z.array(z.int()),
  avg_response_ms: z.array(ms),
})

export const monitorStatsSchema = z
  .object({
    cards: cardsSchema,
    last_hour: lastHourSchema,
    /** Seven days, today last. */
    trend: z.array(totalsSchema.extend({ date: daySchema })),
    /** Today, every channel, also those with nothing. */
    channels: z.array(totalsSchema.extend({ channel: channelSchema })),
    pools: z.record(z.string(), poolStatsSchema),
    queues: z.record(queueSchema, z.object({ scheduled: z.int(), queued: z.int(), processing: z.int() })),
    /** Per second, over the last 5 seconds. */
    rates: z.object({ accepted: z.number(), ended: z.number(), failed: z.number() }),
    conservation: conservationSchema,
  })
  .meta({ id: 'MonitorStats' })
export type MonitorStats = z.infer<typeof monitorStatsSchema>

export const monitorSnapshotSchema = z
  .object({
    seq: z.int().nonnegative(),
    computed_at: instantSchema,
    /** The server's process, so that a restart is told from a gap. */
    epoch: z.string(),
    tick_ms: z.int().positive(),
    time_zone: z.string(),
    demo: z.boolean(),
    stats: monitorStatsSchema,
    /** Newest first, at most 50. */
    feed: z.array(messageRowSchema),
  })
  .meta({ id: 'MonitorSnapshot' })
export type MonitorSnapshot = z.infer<typeof monitorSnapshotSchema>

/** Sent once per tick to the room of its kind. `stats` carries only the sections that changed since the tick before. */
export const monitorTickSchema = z.object({
  seq: z.int().nonnegative(),
  computed_at: instantSchema,
  epoch: z.string(),
  stats: monitorStatsSchema.partial(),
})
export type MonitorTick = z.infer<typeof monitorTickSchema>

/** Rows that appeared or moved during the tick. Failures are never left out. */
export const feedTickSchema = z.object({
  seq: z.int().nonnegative(),
  rows: z.array(messageRowSchema),
  /** Messages that changed in this tick, and how many of them are in `rows`. */
  changed: z.int().nonnegative(),
  failures: z.int().nonnegative(),
})
export type FeedTick = z.infer<typeof feedTickSchema>

/** socket.io namespace `/monitor`. */
export interface MonitorServerEvents {
  tick: (tick: MonitorTick) => void
  feed: (tick: FeedTick) => void
  /** The trace the client watches has moved: fetch it again. */
  trace: (change: { record_id: number }) => void
  /** The server is about to stop; come back after this many ms (spread by the server). */
  bye: (notice: { reconnect_in_ms: number }) => void
}
export interface MonitorClientEvents {
  /** Figures and feed are rooms of their own: a hidden tab leaves `feed`. */
  join: (room: MonitorRoom, ack: (reply: SocketReply) => void) => void
  leave: (room: MonitorRoom, ack: (reply: SocketReply) => void) => void
  /** Follows one message; at most 10 per socket. */
  watch: (recordId: number, ack: (reply: SocketReply) => void) => void
  unwatch: (recordId: number, ack: (reply: SocketReply) => void) => void
}
export const monitorRoomSchema = z.enum(['stats', 'feed'])
export type MonitorRoom = z.infer<typeof monitorRoomSchema>
export type SocketReply = { ok: true; seq: number } | { ok: false; message: string }
export const MONITOR_NAMESPACE = '/monitor'
export const WATCHES_PER_SOCKET = 10
