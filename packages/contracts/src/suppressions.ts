/** Who must not be written to: per recipient and channel, since when and why. */
import { z } from 'zod'
import { recipientSchema } from './messages.ts'
import { channelSchema, instantSchema, recordIdSchema } from './vocabulary.ts'

export const SUPPRESSION_REASONS = [
  /** The provider said for good that nobody is there. */
  'hard_bounce',
  /** The recipient reported a message as unwanted. */
  'complaint',
  /** The recipient asked for it: an answer, a link, no longer following. */
  'unsubscribe',
  /** The carrier or the provider refuses this recipient. */
  'carrier_blacklist',
  /** The device or the browser gave its subscription up. */
  'token_gone',
  /** An operator or an application put it there. */
  'manual',
] as const
export const suppressionReasonSchema = z.enum(SUPPRESSION_REASONS)
export type SuppressionReason = z.infer<typeof suppressionReasonSchema>

/** What it stops: marketing alone, or everything but `otp`. */
export const suppressionPurposeSchema = z.enum(['marketing', 'all'])
export type SuppressionPurpose = z.infer<typeof suppressionPurposeSchema>

export const SUPPRESSION_LIMITS = { pageSize: 200, detailChars: 500 } as const

const detail = z.string().max(SUPPRESSION_LIMITS.detailChars)

export const suppressionSchema = z
  .object({
    id: z.int().positive(),
    channel: channelSchema,
    /** Masked. */
    recipient: z.string(),
    purpose: suppressionPurposeSchema,
    reason: suppressionReasonSchema,
    detail: z.string().nullable(),
    /** The message that caused it. */
    record_id: recordIdSchema.nullable(),
    created_at: instantSchema,
  })
  .meta({ id: 'Suppression' })
export type Suppression = z.infer<typeof suppressionSchema>

export const suppressionListQuerySchema = z.strictObject({
  channel: channelSchema.optional(),
  /** In full; written as for sending. */
  recipient: recipientSchema.optional(),
  reason: suppressionReasonSchema.optional(),
  /** Keyset: only smaller ids, newest first. Take `next_before` of the page before. */
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(SUPPRESSION_LIMITS.pageSize).default(50),
})
export type SuppressionListQuery = z.infer<typeof suppressionListQuerySchema>

export const suppressionPageSchema = z
  .object({
    suppressions: z.array(suppressionSchema),
    /** Null at the end. */
    next_before: z.int().positive().nullable(),
  })
  .meta({ id: 'SuppressionPage' })
export type SuppressionPage = z.infer<typeof suppressionPageSchema>

/** By hand: its reason is `manual`. */
export const createSuppressionSchema = z
  .strictObject({
    channel: channelSchema,
    recipient: recipientSchema,
    purpose: suppressionPurposeSchema.default('marketing'),
    detail: detail.optional(),
  })
  .meta({ id: 'CreateSuppression' })
export type CreateSuppression = z.input<typeof createSuppressionSchema>

/** The recipient in full. Who asked for it stands in the audit log. */
export const revealedSuppressionSchema = z
  .object({ id: z.int().positive(), recipient: z.string() })
  .meta({ id: 'RevealedSuppression' })
