/** One envelope for every reply: `{ code: 0, message, data }`, or a non-zero code, a message and `details`. */
import { z } from 'zod'

/**
 * What can go wrong, by name. The number that travels in `code` and the HTTP status belong to the BFF's total map;
 * the name travels in `details.error`, so that clients branch on a word.
 */
export const ERROR_CODES = {
  malformed_json: 40001,
  unsupported_content_type: 41501,
  unauthorized: 40101,
  forbidden_host: 40301,
  forbidden_origin: 40302,
  not_found: 40401,
  template_not_found: 40402,
  message_not_found: 40403,
  service_not_found: 40404,
  task_not_found: 40405,
  alert_not_found: 40406,
  moment_not_found: 40407,
  bulk_not_found: 40408,
  view_not_found: 40409,
  settings_version_not_found: 40410,
  suppression_not_found: 40411,
  method_not_allowed: 40501,
  conflict: 40901,
  idempotency_in_flight: 40902,
  wrong_state: 40903,
  views_full: 40904,
  body_too_large: 41301,
  invalid: 42201,
  idempotency_mismatch: 42202,
  template_not_active: 42203,
  unknown_variable: 42204,
  missing_variable: 42205,
  invalid_recipient: 42206,
  rate_limited: 42901,
  internal: 50001,
  not_accepting: 50301,
  queue_full: 50302,
} as const
export type ErrorName = keyof typeof ERROR_CODES
const errorNames = Object.keys(ERROR_CODES) as [ErrorName, ...ErrorName[]]
export const errorNameSchema = z.enum(errorNames)

/** One thing that is wrong with the input. `path` is the field as the caller wrote it, e.g. `recipients[3]`. */
export const issueSchema = z.object({
  path: z.string(),
  expected: z.string(),
  got: z.string(),
  message: z.string(),
})
export type Issue = z.infer<typeof issueSchema>

export const errorReplySchema = z
  .object({
    code: z.int().positive(),
    message: z.string(),
    data: z.null(),
    details: z.object({
      error: errorNameSchema,
      issues: z.array(issueSchema).optional(),
      /** Milliseconds, on 429 and 503; the `Retry-After` header carries the same in whole seconds. */
      retry_after_ms: z.int().nonnegative().optional(),
      request_id: z.string().optional(),
    }),
  })
  .meta({ id: 'ErrorReply' })
export type ErrorReply = z.infer<typeof errorReplySchema>

/** Wraps the schema of `data` into the envelope of a success. */
export const okReply = <T extends z.ZodType>(data: T) => z.object({ code: z.literal(0), message: z.string(), data })
export interface OkReply<T> {
  code: 0
  message: string
  data: T
}
