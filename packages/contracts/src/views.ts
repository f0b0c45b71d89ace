/** Filters of the list of messages that operators keep under a name. Everybody of an installation sees the same. */
import { z } from 'zod'

export const VIEW_LIMITS = { views: 50, nameChars: 40, queryChars: 2_000 } as const

/** Unique without regard to case and width. */
export const viewNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(VIEW_LIMITS.nameChars)
  .regex(/^(?!\.{1,2}$)[^\p{Cc}\p{Cf}\p{Cs}]*$/u, 'expected a name of visible characters, other than . and ..')

export const messageViewSchema = z
  .object({
    name: z.string(),
    /** As it stands in the address of the list, without `?`: `status=failed&channel=sms`. */
    query: z.string(),
  })
  .meta({ id: 'MessageView' })
export type MessageView = z.infer<typeof messageViewSchema>

export const saveViewSchema = z
  .strictObject({
    /** As it stands in the address of the list, without `?`. Read by the filter's schema; no `recipient`: recipients are masked. */
    query: z.string().min(1).max(VIEW_LIMITS.queryChars),
    /** Takes the place of the view that has the name; without it such a name is a conflict. */
    replace: z.boolean().default(false),
  })
  .meta({ id: 'SaveView' })
