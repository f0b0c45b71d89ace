import { z } from 'zod'
import { messageRowSchema } from './messages.ts'
import {
  instantSchema,
  lookupAnswerSchema,
  pendingReasonSchema,
  percentSchema,
  traceNodeNameSchema,
} from './vocabulary.ts'

/** `waiting`: not begun or a pause; `running`: begun; `pending`: only the callback, whose receipt may still come; `none`: no receipt will ever come. */
export const traceNodeStatusSchema = z.enum([
  'waiting',
  'running',
  'succeeded',
  'failed',
  'unknown',
  'pending',
  'none',
  'cancelled',
  'expired',
])
export type TraceNodeStatus = z.infer<typeof traceNodeStatusSchema>

export const traceNodeSchema = z
  .object({
    name: traceNodeNameSchema,
    /** From 1; retries are sibling nodes of the same name with a higher attempt. */
    attempt: z.int().positive(),
    start_time: instantSchema,
    finish_time: instantSchema.nullable(),
    duration_ms: z.number().nonnegative().nullable(),
    status: traceNodeStatusSchema,
    worker: z.string().nullable(),
    service: z.string().nullable(),
    error_code: z.string().nullable(),
    error: z.string().nullable(),
    /** Of a callback that came: what it said, and what it added (of an in-app message the device that acknowledged it). */
    receipt: z.object({ state: z.enum(['delivered', 'read', 'failed']), detail: z.string().nullable() }).nullable(),
    /** It took longer than so many percent of the same stage on this channel in the last hour; null when too few were measured. */
    percentile: z.number().min(0).max(100).nullable(),
    /** Only on a callback that nobody sent: the provider was asked what became of the message, and answered this. */
    lookup: lookupAnswerSchema.optional(),
  })
  .meta({ id: 'TraceNode' })
export type TraceNode = z.infer<typeof traceNodeSchema>

/** What a stage took on this channel, measured from messages of the last hour. Null of none. */
export const usualStageSchema = z
  .object({
    name: traceNodeNameSchema,
    /** How many were measured: all, or a sample spread over the hour. */
    count: z.int().nonnegative(),
    p50_ms: z.number().nonnegative().nullable(),
    p95_ms: z.number().nonnegative().nullable(),
  })
  .meta({ id: 'UsualStage' })
export type UsualStage = z.infer<typeof usualStageSchema>

export const traceSchema = z
  .object({
    trace_id: z.string(),
    record_id: z.int().positive(),
    message: messageRowSchema,
    trace_data: z.object({ nodes: z.array(traceNodeSchema) }),
    statistics: z.object({
      total_duration_ms: z.number().nonnegative(),
      node_count: z.int().nonnegative(),
      /** Of the finished nodes, those that succeeded. */
      success_rate: percentSchema,
    }),
    /** Set while the message waits. */
    waiting: z.object({ reason: pendingReasonSchema, until: instantSchema.nullable(), detail: z.string() }).nullable(),
    usual: z.object({ since: instantSchema, stages: z.array(usualStageSchema) }),
    /** In force when it was accepted … */
    settings_version: z.int().nonnegative(),
    /** … and now. */
    settings_version_now: z.int().nonnegative(),
    /** W3C traceparent of the caller, when it sent one. */
    traceparent: z.string().nullable(),
  })
  .meta({ id: 'Trace' })
export type Trace = z.infer<typeof traceSchema>
