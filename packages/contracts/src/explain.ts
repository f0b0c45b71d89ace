/** "Why is this waiting?": the answer for one message, and what operators have paused. */
import { z } from 'zod'
import {
  channelSchema,
  instantSchema,
  limitTypeSchema,
  lookupAnswerSchema,
  messageStateSchema,
  pendingReasonSchema,
  recordIdSchema,
  workedQueueSchema,
} from './vocabulary.ts'

const count = z.int().nonnegative()

export const waitReasonSchema = z
  .object({
    reason: pendingReasonSchema,
    /** What is held: this message, its channel, or the whole queue. */
    holds: z.enum(['message', 'channel', 'queue']),
    since: instantSchema.nullable(),
    /** When it ends; null when that is not known. */
    until: instantSchema.nullable(),
    /** In words, in English. */
    detail: z.string(),
    /** The exhausted rule; only with `rate_limit`. */
    rule: z
      .object({ resource: z.string(), limit_type: limitTypeSchema, max_value: count, window_seconds: z.number() })
      .nullable(),
    /** Only with `no_worker`. */
    workers: z.object({ active_count: count, pool_size: count }).nullable(),
  })
  .meta({ id: 'WaitReason' })
export type WaitReason = z.infer<typeof waitReasonSchema>

/** As the queue stands: what comes later with a higher priority goes ahead too. */
export const rankSchema = z
  .object({
    /** How many leave before it: the sum of the next three. */
    ahead: count,
    /** False: at least so many. */
    exact: z.boolean(),
    /** Of a higher priority. */
    higher: count,
    /** By turns, from other flows of its priority. */
    turns: count,
    /** Before it in its own flow. */
    lane: count,
    /** Held themselves (another channel paused, limited ...), and not in `ahead`: they go first if that ends before. */
    held: count,
  })
  .meta({ id: 'Rank' })
export type Rank = z.infer<typeof rankSchema>

export const explanationSchema = z
  .object({
    record_id: recordIdSchema,
    trace_id: z.string(),
    status: messageStateSchema,
    /** `leaving`: nothing holds it. `ended`: its sending came to an end; a receipt may still come. */
    phase: z.enum(['waiting', 'leaving', 'sending', 'ended']),
    /** The whole of it in words, in English. */
    detail: z.string(),
    /** Everything that holds it now, empty unless `waiting`. */
    reasons: z.array(waitReasonSchema),
    /** Null unless it stands in the queue: what waits for a time has none yet. */
    rank: rankSchema.nullable(),
    /** Milliseconds until it leaves, at the measured rate of the workers; null when something else holds it or nothing was measured. */
    estimated_wait_ms: count.nullable(),
    /** Set once its sending came to an end. */
    ended: z
      .object({ at: instantSchema.nullable(), error_code: z.string().nullable(), error_message: z.string().nullable() })
      .nullable(),
    /** Set when its provider can be asked what became of it: how often that was done, what it said last, and when it is asked again. */
    lookup: z
      .object({
        asked: count,
        last_at: instantSchema.nullable(),
        last_answer: lookupAnswerSchema.nullable(),
        /** Null: it is not asked again by itself. */
        next_at: instantSchema.nullable(),
      })
      .nullable(),
    computed_at: instantSchema,
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof explanationSchema>

/** Since when; null when that is not known. */
export const pausesSchema = z
  .object({
    channels: z.array(z.object({ channel: channelSchema, since: instantSchema.nullable() })),
    queues: z.array(z.object({ queue: workedQueueSchema, since: instantSchema.nullable() })),
  })
  .meta({ id: 'Pauses' })
export type Pauses = z.infer<typeof pausesSchema>
