import { z } from 'zod'
import {
  channelSchema,
  instantSchema,
  lookupAnswerSchema,
  messageStateSchema,
  pendingReasonSchema,
  prioritySchema,
  recordIdSchema,
} from './vocabulary.ts'

export const MESSAGE_LIMITS = {
  batchRecipients: 10_000,
  variableChars: 10_000,
  /** A push subscription as a browser gives it is the longest of them. */
  recipientChars: 1_024,
  idempotencyKeyChars: 200,
  /** A year; further ahead is more likely a mistake in units than a plan. */
  delayMs: 366 * 24 * 3600 * 1000,
  sendBodyBytes: 256 * 1024,
  batchBodyBytes: 16 * 1024 * 1024,
  pageSize: 200,
} as const

export const variablesSchema = z.record(
  z.string(),
  z.union([z.string().max(MESSAGE_LIMITS.variableChars), z.number(), z.boolean()]),
)
export type Variables = z.infer<typeof variablesSchema>

export const recipientSchema = z.string().min(1).max(MESSAGE_LIMITS.recipientChars)

export const idempotencyKeySchema = z
  .string()
  .min(1)
  .max(MESSAGE_LIMITS.idempotencyKeyChars)
  .regex(/^[\x21-\x7e]+$/, 'expected printable ASCII without spaces')

/** An IANA name. Where the recipients are: marketing waits while their hours are quiet. */
const timeZone = z.string().min(1).max(64)
const delayMs = z.int().min(0).max(MESSAGE_LIMITS.delayMs)

export const sendRequestSchema = z
  .strictObject({
    template_id: z.int().positive(),
    recipient: recipientSchema,
    variables: variablesSchema.default({}),
    priority: prioritySchema.optional(),
    /** Milliseconds from now. Not together with `scheduled_at`. */
    delay_ms: delayMs.optional(),
    scheduled_at: instantSchema.optional(),
    /** Milliseconds after acceptance (or after the due time) in which it must leave; then it ends as `expired`. */
    ttl_ms: z.int().min(1).max(MESSAGE_LIMITS.delayMs).optional(),
    recipient_time_zone: timeZone.optional(),
    idempotency_key: idempotencyKeySchema.optional(),
  })
  .refine((body) => body.delay_ms === undefined || body.scheduled_at === undefined, {
    error: 'expected delay_ms or scheduled_at, got both',
    path: ['scheduled_at'],
  })
  .meta({ id: 'SendRequest' })
export type SendRequest = z.infer<typeof sendRequestSchema>

export const sendReplySchema = z.object({ record_id: recordIdSchema, trace_id: z.string() }).meta({ id: 'SendReply' })
export type SendReply = z.infer<typeof sendReplySchema>

export const sendBatchRequestSchema = z
  .strictObject({
    template_id: z.int().positive(),
    recipients: z.array(recipientSchema).min(1).max(MESSAGE_LIMITS.batchRecipients),
    /** One entry per recipient, in the same order. */
    variables_list: z.array(variablesSchema).max(MESSAGE_LIMITS.batchRecipients),
    priority: prioritySchema.optional(),
    delay_ms: delayMs.optional(),
    scheduled_at: instantSchema.optional(),
    ttl_ms: z.int().min(1).max(MESSAGE_LIMITS.delayMs).optional(),
    recipient_time_zone: timeZone.optional(),
    idempotency_key: idempotencyKeySchema.optional(),
  })
  .refine((body) => body.recipients.length === body.variables_list.length, {
    error: 'expected variables_list to have one entry per recipient',
    path: ['variables_list'],
  })
  .refine((body) => body.delay_ms === undefined || body.scheduled_at === undefined, {
    error: 'expected delay_ms or scheduled_at, got both',
    path: ['scheduled_at'],
  })
  .meta({ id: 'SendBatchRequest' })
export type SendBatchRequest = z.infer<typeof sendBatchRequestSchema>

export const sendBatchReplySchema = z
  .object({
    task_id: recordIdSchema,
    count: z.int().positive(),
    /** Ids are consecutive in the order of the recipients only within one millisecond; take them from the search by task. */
    first_record_id: recordIdSchema,
    last_record_id: recordIdSchema,
  })
  .meta({ id: 'SendBatchReply' })
export type SendBatchReply = z.infer<typeof sendBatchReplySchema>

/** A row of the search and of the live feed: no body, recipient masked. */
export const messageRowSchema = z
  .object({
    record_id: recordIdSchema,
    trace_id: z.string(),
    channel: channelSchema,
    recipient: z.string(),
    template_id: z.int().positive(),
    template_name: z.string(),
    /** Negative: a test of a text that was never published. */
    template_version: z.int(),
    status: messageStateSchema,
    priority: prioritySchema,
    attempt: z.int().nonnegative(),
    service: z.string().nullable(),
    task_id: recordIdSchema.nullable(),
    pending_reason: pendingReasonSchema.nullable(),
    /** When a scheduled or waiting message may leave. */
    due_at: instantSchema.nullable(),
    error_code: z.string().nullable(),
    error_message: z.string().nullable(),
    created_at: instantSchema,
    updated_at: instantSchema,
    finished_at: instantSchema.nullable(),
    /** From acceptance (or the due time) to the result; null until there is one. */
    duration_ms: z.number().nonnegative().nullable(),
  })
  .meta({ id: 'MessageRow' })
export type MessageRow = z.infer<typeof messageRowSchema>

/** One state, or several with commas between: `failed,expired`. */
const statesSchema = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(messageStateSchema).min(1))

/** What a list shows and a bulk action acts on. All of it must fit. */
export const messageFilterSchema = z.strictObject({
  status: statesSchema.optional(),
  channel: channelSchema.optional(),
  /** In full; written as for sending. */
  recipient: recipientSchema.optional(),
  template_id: z.coerce.number().int().positive().optional(),
  task_id: z.coerce.number().int().positive().optional(),
  service_id: z.coerce.number().int().positive().optional(),
  /** A code, or a part of an error's text. */
  error: z.string().min(1).max(200).optional(),
  /** Accepted from then (inclusive) … */
  from: instantSchema.optional(),
  /** … to then (exclusive). */
  to: instantSchema.optional(),
})
/** Their names, as the address of the list has them. */
export const MESSAGE_FILTERS = [
  'status',
  'channel',
  'recipient',
  'template_id',
  'task_id',
  'service_id',
  'error',
  'from',
  'to',
] as const satisfies (keyof z.infer<typeof messageFilterSchema>)[]
export type MessageFilter = z.output<typeof messageFilterSchema>
export type MessageFilterInput = z.input<typeof messageFilterSchema>

export const messageSearchQuerySchema = messageFilterSchema.extend({
  /** Keyset: only records with a smaller id, newest first. Take `next_before` of the page before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(MESSAGE_LIMITS.pageSize).default(50),
})
export type MessageSearchQuery = z.infer<typeof messageSearchQuerySchema>

export const messagePageSchema = z
  .object({
    messages: z.array(messageRowSchema),
    /** Null at the end. */
    next_before: recordIdSchema.nullable(),
    /** Set when as many messages were looked through as one call may, before the page was full: how far back. Go on from `next_before`. */
    looked_back_to: instantSchema.nullable(),
  })
  .meta({ id: 'MessagePage' })
export type MessagePage = z.infer<typeof messagePageSchema>

export const findQuerySchema = z.strictObject({ q: z.string().trim().min(1).max(MESSAGE_LIMITS.recipientChars) })

/** Everything that fits what was typed. */
export const foundSchema = z
  .object({
    /** Of that trace id or record id. */
    message: messageRowSchema.nullable(),
    /** What was sent under that idempotency key: a message (null once it is removed), or a batch. */
    idempotency_key: z.object({ message: messageRowSchema.nullable(), task_id: recordIdSchema.nullable() }).nullable(),
    /** `recipient` is its one spelling, as the search takes it; the newest messages to it. */
    recipient: z.object({ recipient: z.string(), messages: z.array(messageRowSchema), more: z.boolean() }).nullable(),
  })
  .meta({ id: 'Found' })
export type Found = z.infer<typeof foundSchema>

export const revealRequestSchema = z
  .strictObject({ reason: z.string().trim().max(500).optional() })
  .meta({ id: 'RevealRequest' })
/** The recipient in full. Who asked for it stands in the audit log. */
export const revealedSchema = z.object({ record_id: recordIdSchema, recipient: z.string() }).meta({ id: 'Revealed' })

export const resolveRequestSchema = z
  .strictObject({ outcome: z.enum(['sent', 'failed', 'resend']), note: z.string().max(500).optional() })
  .meta({ id: 'ResolveRequest' })
export type ResolveRequest = z.infer<typeof resolveRequestSchema>

/** What the provider said, and the message as it stands after that. */
export const reconciledSchema = z
  .object({
    answer: lookupAnswerSchema,
    code: z.string().nullable(),
    detail: z.string().nullable(),
    /** When it is asked again by itself; null: not. */
    next_at: instantSchema.nullable(),
    message: messageRowSchema,
  })
  .meta({ id: 'Reconciled' })
export type Reconciled = z.infer<typeof reconciledSchema>

export const taskStatusSchema = z
  .object({
    taskId: z.string(),
    status: z.enum(['running', 'completed']),
    progress: z.object({
      total: z.int().nonnegative(),
      sent: z.int().nonnegative(),
      pending: z.int().nonnegative(),
      failed: z.int().nonnegative(),
    }),
    /** The same by state; together they are the total. */
    counts: z.partialRecord(messageStateSchema, z.int().nonnegative()),
    metrics: z.object({
      /** Milliseconds from acceptance to the claim, mean. */
      avgWaitTime: z.number().nonnegative().nullable(),
      /** Messages per second since the first left. */
      throughput: z.number().nonnegative().nullable(),
      estimatedCompletion: instantSchema.nullable(),
    }),
    lastActivity: instantSchema,
  })
  .meta({ id: 'TaskStatus' })
export type TaskStatus = z.infer<typeof taskStatusSchema>
