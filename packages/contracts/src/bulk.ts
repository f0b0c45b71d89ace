import { z } from 'zod'
import { MESSAGE_FILTERS, messageFilterSchema } from './messages.ts'
import { instantSchema, recordIdSchema } from './vocabulary.ts'

/** `retry` what failed or expired, `cancel` what waits, decide what is unknown. */
export const BULK_ACTIONS = ['retry', 'cancel', 'mark_sent', 'mark_failed', 'resend'] as const
export const bulkActionSchema = z.enum(BULK_ACTIONS)
export type BulkAction = z.infer<typeof bulkActionSchema>

/** Who asks, as they call themselves: there are no accounts yet. */
const bySchema = z.string().trim().min(1).max(80)

export const bulkPreviewRequestSchema = z
  .strictObject({ action: bulkActionSchema, filter: messageFilterSchema.default({}) })
  .meta({ id: 'BulkPreviewRequest' })

export const bulkPreviewSchema = z
  .object({
    /** Exactly how many messages fit the filter and the action now. */
    count: z.int().nonnegative(),
    /** Those of them whose recipient gets the same template more than once among them; null when there are too many to compare. */
    duplicates: z.int().nonnegative().nullable(),
    /** Messages from this id on came later and are left alone. */
    before: z.int().nonnegative(),
  })
  .meta({ id: 'BulkPreview' })
export type BulkPreview = z.infer<typeof bulkPreviewSchema>

export const bulkRequestSchema = z
  .strictObject({
    action: bulkActionSchema,
    filter: messageFilterSchema.default({}),
    /** Both from the preview: no more than so many are touched, and none that came later. */
    count: z.int().positive(),
    before: recordIdSchema,
    note: z.string().trim().max(500).optional(),
    by: bySchema.optional(),
  })
  .meta({ id: 'BulkRequest' })
export type BulkRequestInput = z.input<typeof bulkRequestSchema>

export const bulkJobSchema = z
  .object({
    id: recordIdSchema,
    action: bulkActionSchema,
    /** As the address of the list has it; a recipient masked. */
    filter: z.partialRecord(z.enum(MESSAGE_FILTERS), z.string()),
    note: z.string(),
    by: z.string().nullable(),
    /** `stopped`: by somebody, half way. `failed`: `problem` says why; what was moved stays moved. */
    state: z.enum(['running', 'done', 'stopped', 'failed']),
    total: z.int().nonnegative(),
    moved: z.int().nonnegative(),
    /** Moved on by themselves between the counting and their turn. */
    skipped: z.int().nonnegative(),
    started_at: instantSchema,
    finished_at: instantSchema.nullable(),
    /** Of one that runs: why its next step has to wait. */
    problem: z.string().nullable(),
    /** How often a restart cut it off, and it went on. */
    interruptions: z.int().nonnegative(),
    /** What of it still waits can be cancelled. */
    undoable: z.boolean(),
    /** The action that this one takes back. */
    undoes: recordIdSchema.nullable(),
  })
  .meta({ id: 'BulkJob' })
export type BulkJob = z.infer<typeof bulkJobSchema>

export const bulkUndoRequestSchema = z.strictObject({ by: bySchema.optional() }).meta({ id: 'BulkUndoRequest' })
