import { z } from 'zod'
import { channelSchema, instantSchema } from './vocabulary.ts'

/** Adapter settings are checked against the adapter's own schema when the service is stored. */
export const serviceSettingsSchema = z.record(z.string(), z.unknown())

export const serviceSchema = z
  .object({
    id: z.int().positive(),
    name: z.string(),
    channel: channelSchema,
    adapter: z.string(),
    /** True for the sandbox adapter: nothing really leaves. */
    sandbox: z.boolean(),
    settings: serviceSettingsSchema,
    /** Among enabled services of a channel the highest priority is used; equals take turns. */
    priority: z.int().min(0).max(100),
    enabled: z.boolean(),
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
  })
  .meta({ id: 'CreateService' })
export type CreateService = z.infer<typeof createServiceSchema>

export const updateServiceSchema = z
  .strictObject({
    name: z.string().trim().min(1).max(100).optional(),
    settings: serviceSettingsSchema.optional(),
    priority: z.int().min(0).max(100).optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'UpdateService' })
export type UpdateService = z.infer<typeof updateServiceSchema>

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
