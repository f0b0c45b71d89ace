import { z } from 'zod'
import { channelSchema, instantSchema, pendingReasonSchema, percentSchema } from './vocabulary.ts'

/** Adapter settings are checked against the adapter's own schema when the service is stored. */
export const serviceSettingsSchema = z.record(z.string(), z.unknown())

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone }).format()
    return true
  } catch {
    return false
  }
}

/** What an account may take. */
const terms = {
  /** For those who look for it; means nothing to the engine. */
  tags: z.array(z.string().trim().min(1).max(50)).max(20),
  /** Among accounts of the same priority one of weight 2 is asked twice as often as one of weight 1. */
  weight: z.int().min(1).max(100),
  /** Least time between two messages. */
  sending_interval_ms: z.int().min(0).max(3_600_000),
  /** Messages per day; null: as many as come. */
  daily_quota: z.int().min(1).max(1_000_000_000).nullable(),
  /** When the day of the quota begins … */
  quota_reset_at: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected a time as HH:MM, 00:00 to 23:59'),
  /** … in this zone; null: that of `display.time_zone`. */
  quota_time_zone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'expected an IANA time zone, such as Asia/Shanghai')
    .nullable(),
}

/** `half_open`: one message at a time tries whether it works again. */
export const breakerStateSchema = z.enum(['closed', 'open', 'half_open'])

/**
 * `paused`: asked nothing until it is resumed. `draining`: disabled, and what is with its provider is being finished.
 * `disabled`: asked nothing; enable it again with an update.
 */
export const serviceStateSchema = z.enum(['active', 'paused', 'draining', 'disabled'])
export type ServiceState = z.infer<typeof serviceStateSchema>

/** What an account may take now, since the start of this process. */
export const serviceHealthSchema = z
  .object({
    breaker: breakerStateSchema,
    /** Why it is asked nothing now, and until when; null when it may be. */
    waiting: z.object({ reason: pendingReasonSchema, until: instantSchema, detail: z.string() }).nullable(),
    /** Null without a quota. */
    quota: z.object({ used: z.int().min(0), left: z.int().min(0), resets_at: instantSchema }).nullable(),
    last_sent_at: instantSchema.nullable(),
    /** Percent of the last messages, each counting a twentieth; null before the first. */
    success_rate: percentSchema,
    /** Messages that are with the provider now. */
    in_flight: z.int().min(0),
    /** The last thing that its provider refused or left unanswered; null before the first. */
    last_error: z.object({ code: z.string(), detail: z.string(), at: instantSchema }).nullable(),
  })
  .meta({ id: 'ServiceHealth' })

export const serviceSchema = z
  .object({
    id: z.int().positive(),
    name: z.string(),
    channel: channelSchema,
    adapter: z.string(),
    /** True for the sandbox adapter: nothing really leaves. */
    sandbox: z.boolean(),
    settings: serviceSettingsSchema,
    /** Of the enabled services of a channel the highest that may be asked is; among equals the best by quota left, time since its last message and success rate. */
    priority: z.int().min(0).max(100),
    enabled: z.boolean(),
    state: serviceStateSchema,
    /** Its messages go elsewhere, or wait until it is resumed. */
    paused: z.boolean(),
    /** Set when it was not an operator who disabled it: what its provider said (removed, gone, locked out). Null once it is enabled again. */
    disabled_because: z.string().nullable(),
    ...terms,
    health: serviceHealthSchema,
    created_at: instantSchema,
    updated_at: instantSchema,
  })
  .meta({ id: 'Service' })
export type Service = z.infer<typeof serviceSchema>

export const createServiceSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100),
    channel: channelSchema,
    adapter: z.string().min(1),
    settings: serviceSettingsSchema.default({}),
    priority: z.int().min(0).max(100).default(10),
    enabled: z.boolean().default(true),
    tags: terms.tags.default([]),
    weight: terms.weight.default(1),
    sending_interval_ms: terms.sending_interval_ms.default(0),
    daily_quota: terms.daily_quota.default(null),
    quota_reset_at: terms.quota_reset_at.default('00:00'),
    quota_time_zone: terms.quota_time_zone.default(null),
  })
  .meta({ id: 'CreateService' })
export type CreateService = z.infer<typeof createServiceSchema>

export const updateServiceSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100).optional(),
    settings: serviceSettingsSchema.optional(),
    priority: z.int().min(0).max(100).optional(),
    enabled: z.boolean().optional(),
    ...z.object(terms).partial().shape,
  })
  .meta({ id: 'UpdateService' })
export type UpdateService = z.infer<typeof updateServiceSchema>

/** One message by this very service: from the text, or from a template as it is published. Both may be left out. */
export const testServiceSchema = z
  .strictObject({
    recipient: z.string().min(1).max(2_000),
    subject: z.string().max(500).optional(),
    text: z.string().min(1).max(10_000).optional(),
    template_id: z.int().positive().optional(),
    variables: z.record(z.string(), z.string()).default({}),
  })
  .refine(({ text, template_id }) => text === undefined || template_id === undefined, {
    error: 'expected a text or a template_id, got both',
    path: ['text'],
  })
  .meta({ id: 'TestService' })
export type TestService = z.infer<typeof testServiceSchema>

/** What the provider said to a test. `code`, `detail` and `category` are null when it took it. */
export const serviceTestSchema = z
  .object({
    status: z.enum(['accepted', 'failed', 'unknown']),
    code: z.string().nullable(),
    detail: z.string().nullable(),
    /** Why it failed, in the words that retries and the breaker go by. */
    category: z.string().nullable(),
    provider_id: z.string().nullable(),
    duration_ms: z.number().min(0),
    /** Parts of an SMS; null elsewhere. */
    segments: z.int().min(1).nullable(),
  })
  .meta({ id: 'ServiceTest' })
export type ServiceTest = z.infer<typeof serviceTestSchema>

export const serviceActivityQuerySchema = z.strictObject({
  /** So many hours up to now, the one that is still filling included. */
  hours: z.coerce.number().int().min(1).max(168).default(24),
})

/** What each service did, from rollups: the lists have one figure per slot. Services that did nothing have zeros. */
export const serviceActivitySchema = z
  .object({
    /** Where each slot begins, oldest first. */
    slots: z.array(instantSchema),
    slot_ms: z.int().positive(),
    services: z.array(
      z.object({
        id: z.int().positive(),
        /** Sent, delivered or read. */
        sent: z.array(z.int().min(0)),
        failed: z.array(z.int().min(0)),
        unknown: z.array(z.int().min(0)),
        /** 95 % of its answers came faster, ms; null in a slot without any. */
        p95_ms: z.array(z.number().nullable()),
        p95_24h_ms: z.number().nullable(),
      }),
    ),
  })
  .meta({ id: 'ServiceActivity' })
export type ServiceActivity = z.infer<typeof serviceActivitySchema>

/** What the sandbox kept instead of sending it. */
export const sandboxMessageSchema = z
  .object({
    /** Null, as the next: a test of a template, which is no message. */
    record_id: z.int().positive().nullable(),
    trace_id: z.string().nullable(),
    channel: channelSchema,
    service: z.string(),
    recipient: z.string(),
    subject: z.string().nullable(),
    text: z.string(),
    html: z.string().nullable(),
    /** What WeChat would fill into its own template; null on other channels. */
    fields: z.record(z.string(), z.string()).nullable(),
    kept_at: instantSchema,
  })
  .meta({ id: 'SandboxMessage' })
export type SandboxMessage = z.infer<typeof sandboxMessageSchema>

export const sandboxQuerySchema = z.strictObject({
  channel: channelSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
