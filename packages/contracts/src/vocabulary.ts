/** The words of the product, in the one spelling that code, API, database and screens use. */
import { z } from 'zod'

export const CHANNELS = ['sms', 'email', 'app', 'wechat', 'feishu'] as const
export const channelSchema = z.enum(CHANNELS)
export type Channel = z.infer<typeof channelSchema>

/**
 * States of a message. `scheduled → queued → sending → sent → delivered → read`, and the ends
 * `failed`, `expired`, `cancelled`, `unknown`.
 */
export const MESSAGE_STATES = [
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
  'unknown',
] as const
export const messageStateSchema = z.enum(MESSAGE_STATES)
export type MessageState = z.infer<typeof messageStateSchema>

export const QUEUES = ['message.send', 'ai.process', 'notification', 'delayed'] as const
export const queueSchema = z.enum(QUEUES)
export type QueueName = z.infer<typeof queueSchema>

/** Queues whose entries somebody works on. The fourth, `delayed`, is what waits for its time, whatever queue it is for. */
export const WORKED_QUEUES = ['message.send', 'ai.process', 'notification'] as const
export const workedQueueSchema = z.enum(WORKED_QUEUES)
export type WorkedQueue = z.infer<typeof workedQueueSchema>

/** 10 leaves first, 0 last. */
export const PRIORITY_MIN = 0
export const PRIORITY_MAX = 10
export const PRIORITY_DEFAULT = 5
export const prioritySchema = z.int().min(PRIORITY_MIN).max(PRIORITY_MAX)

/** The four lanes of a trace. */
export const TRACE_NODES = ['queue', 'process', 'send', 'callback'] as const
export const traceNodeNameSchema = z.enum(TRACE_NODES)
export type TraceNodeName = z.infer<typeof traceNodeNameSchema>

/** Why a message that could leave does not leave yet. */
export const PENDING_REASONS = [
  'delay',
  'rate_limit',
  'no_service',
  'no_quota',
  'no_worker',
  'retry',
  'paused',
  'quiet_hours',
] as const
export const pendingReasonSchema = z.enum(PENDING_REASONS)
export type PendingReason = z.infer<typeof pendingReasonSchema>

/**
 * What a message is for: a code that its recipient waits for, a notice that belongs to a contract or an account, or
 * marketing. It decides who must not be written to, and when.
 */
export const PURPOSES = ['otp', 'notice', 'marketing'] as const
export const purposeSchema = z.enum(PURPOSES)
export type Purpose = z.infer<typeof purposeSchema>
export const PURPOSE_DEFAULT: Purpose = 'notice'

/** What a provider said when it was asked what became of a message. `not_found`: it is certain that it never had it. */
export const lookupAnswerSchema = z.enum(['accepted', 'delivered', 'failed', 'not_found', 'unknown'])
export type LookupAnswer = z.infer<typeof lookupAnswerSchema>

export const LIMIT_TYPES = ['qps', 'concurrent', 'sliding_window'] as const
export const limitTypeSchema = z.enum(LIMIT_TYPES)
export type LimitType = z.infer<typeof limitTypeSchema>

/** Record id: 53-bit snowflake (41 bits of ms since 2024-01-01, 5 bits node, 7 bits sequence); a JSON-safe integer. */
export const recordIdSchema = z.int().positive()
/** Trace id: `msg_` and the record id in Crockford base32 (upper case, 11 digits). */
export const traceIdSchema = z
  .string()
  .regex(/^msg_[0-9A-HJKMNP-TV-Z]{11}$/, 'expected msg_ followed by 11 Crockford base32 characters')

/** ISO 8601 with offset, as every time in the API. */
export const instantSchema = z.iso.datetime({ offset: true })
/** A calendar day in the `display.time_zone` setting, YYYY-MM-DD. */
export const daySchema = z.iso.date()

/** Percent with two decimals, null when nothing has ended. */
export const percentSchema = z.number().min(0).max(100).nullable()
