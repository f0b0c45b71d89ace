import { channelSchema, viewNameSchema, workedQueueSchema } from '@signalbox/contracts'
import { parseRecordId } from '@signalbox/engine'
import { z } from 'zod'

const expected = 'expected a trace id (msg_ and 11 Crockford base32 characters) or a record id (a whole number)'

/** `:id` of a message: either of its two ids, as a record id. */
export const messageParams = z.strictObject({
  id: z.string().transform((text, context) => {
    const id = parseRecordId(text)
    if (id !== null) return id
    context.issues.push({ code: 'custom', message: expected, input: text })
    return z.NEVER
  }),
})

const wholeNumber = z
  .string()
  .regex(/^[1-9]\d{0,15}$/, 'expected a whole number from 1')
  .transform(Number)
  .refine(Number.isSafeInteger, 'expected a whole number from 1')

/** `:id` of a template, a service or a suppression. */
export const idParams = z.strictObject({ id: wholeNumber })
/** A published version; or one that was kept for a test, below 0. */
const versionNumber = z
  .string()
  .regex(/^-?[1-9]\d{0,8}$/, 'expected a whole number other than 0')
  .transform(Number)
export const versionParams = z.strictObject({ id: wholeNumber, version: versionNumber })
/** `?version=` of the settings. */
export const settingsQuery = z.strictObject({ version: wholeNumber.optional() })
/** `:jobId` of a bulk action. */
export const bulkParams = z.strictObject({ jobId: wholeNumber })
/** `:name` of a saved view. */
export const viewParams = z.strictObject({ name: viewNameSchema })
export const taskParams = z.strictObject({ taskId: wholeNumber })

export const channelParams = z.strictObject({ channel: channelSchema })
/** Of a queue that somebody works on: `delayed` only waits for the time. */
export const queueParams = z.strictObject({ queue: workedQueueSchema })
