/**
 * A list of messages on a screen, kept up to date by push: the rows that are shown change in place, what fits its filter
 * and came since is counted. Nothing is put into a list that somebody reads.
 */
import { z } from 'zod'
import { messageFilterSchema, MESSAGE_LIMITS, messageRowSchema } from './messages.ts'
import { recordIdSchema } from './vocabulary.ts'

/** New ones are counted up to here; more than that is "more". */
export const NEW_AT_MOST = 1_000

export const followListSchema = z.strictObject({
  filter: messageFilterSchema.default({}),
  /** The rows that are shown. */
  ids: z.array(recordIdSchema).max(MESSAGE_LIMITS.pageSize),
  /** What fits, is not among them and has a higher id than this is new; null: new ones are not counted. */
  after: z.int().nonnegative().nullable(),
})
export type FollowList = z.input<typeof followListSchema>

/** What became of a list since the last one of these. */
export const listChangeSchema = z.object({
  /** Rows of it that moved, as they stand now. */
  rows: z.array(messageRowSchema),
  /** Those of them that the filter would not find any more. */
  gone: z.array(recordIdSchema),
  /** What fits now and did not when the list was followed: so many in all, at most `NEW_AT_MOST`. */
  fresh: z.int().nonnegative(),
  /** There are more than `fresh`, or there may be. */
  more: z.boolean(),
})
export type ListChange = z.infer<typeof listChangeSchema>
