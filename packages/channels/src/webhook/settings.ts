import { z } from 'zod'
import { words } from '../form.ts'
import { isLoopback, secretNameSchema } from '../http/base-url.ts'
import { mayCall } from '../http/public-only.ts'

/** An address of the operator's own that takes messages as Standard Webhooks. Times are milliseconds. */
export const webhookSettingsSchema = z
  .strictObject({
    url: z.string().max(2_000).describe('Where messages are posted: https, and reachable from everywhere'),
    secret_envs: z
      .array(secretNameSchema)
      .min(1)
      .max(3)
      .describe('Names of the secrets (whsec_…) that sign. Several while a secret is exchanged, the newest first'),
    deduplicates_ms: z
      .int()
      .min(1_000)
      .max(30 * 86_400_000)
      .optional()
      .describe('How long the receiver drops a repeat of a webhook-id, in milliseconds. Left out: it does not'),
    allow_loopback: z.boolean().default(false).describe('Let the address be on this machine, http too. For tests'),
  })
  .superRefine(({ url, allow_loopback }, context) => {
    const problem = problemOf(url, allow_loopback)
    if (problem) context.addIssue({ code: 'custom', path: ['url'], message: problem })
  })
  .meta(words({ en: ['Webhook'], zh: ['Webhook'] }))

export type WebhookSettings = z.output<typeof webhookSettingsSchema>

function problemOf(raw: string, allowLoopback: boolean): string | null {
  const url = URL.parse(raw)
  if (!url) return 'expected an address such as https://example.com/messages'
  if (url.username || url.password || url.hash) return 'expected an address without user, password and #'
  if (isLoopback(url.hostname)) {
    if (!allowLoopback) return 'expected an address that is not on this machine'
    return url.protocol === 'https:' || url.protocol === 'http:' ? null : 'expected https or http'
  }
  if (url.protocol !== 'https:') return `expected https, got ${url.protocol}//`
  return mayCall(url) ? null : 'expected a public address, got a private one'
}
