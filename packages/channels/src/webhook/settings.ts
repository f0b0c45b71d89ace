import { z } from 'zod'
import { words } from '../form.ts'
import { isLoopback } from '../http/base-url.ts'
import { mayCall } from '../http/public-only.ts'
import { secretSchema } from '../secrets.ts'
import { webhookKey } from './sign.ts'

const signing = z
  .string()
  .refine((text) => webhookKey(text) !== null, 'expected whsec_ and base64 of 24 to 64 bytes, got something else')

/** The secrets that sign, the newest first: several while one is exchanged. */
export const WEBHOOK_SECRETS = ['secret', 'previous_secret', 'older_secret'] as const

/** An address of the operator's own that takes messages as Standard Webhooks. Times are milliseconds. */
export const webhookSettingsSchema = z
  .strictObject({
    url: z
      .string()
      .max(2_000)
      .meta(
        words(
          {
            en: ['Address', 'Where messages are posted: https, and reachable from everywhere'],
            zh: ['地址', '消息发送到的地址：https，且公网可达'],
          },
          { examples: ['https://example.com/messages'] },
        ),
      ),
    secret: secretSchema(
      {
        en: ['Signing secret', 'whsec_ and base64 of 24 to 64 bytes'],
        zh: ['签名密钥', 'whsec_ 加 24 到 64 字节的 base64'],
      },
      signing,
    ),
    previous_secret: secretSchema(
      {
        en: ['Previous secret', 'Signs too, until every receiver knows the new one'],
        zh: ['上一个密钥', '在所有接收方换用新密钥之前同时签名'],
      },
      signing,
    ).optional(),
    older_secret: secretSchema(
      { en: ['Older secret', 'Signs too'], zh: ['更早的密钥', '同时签名'] },
      signing,
    ).optional(),
    deduplicates_ms: z
      .int()
      .min(1_000)
      .max(30 * 86_400_000)
      .optional()
      .meta(
        words({
          en: [
            'Drops repeats for',
            'How long the receiver drops a repeat of a webhook-id, in milliseconds. Left out: it does not',
          ],
          zh: ['去重时间', '接收方丢弃重复 webhook-id 的时间，单位毫秒。留空表示不去重'],
        }),
      ),
    allow_loopback: z
      .boolean()
      .default(false)
      .meta(
        words({
          en: ['Allow this machine', 'Let the address be on this machine, http too. For tests'],
          zh: ['允许本机', '地址可以在本机，也可以用 http，仅用于测试'],
        }),
      ),
  })
  .superRefine(({ url, allow_loopback }, context) => {
    const problem = problemOf(url, allow_loopback)
    if (problem) context.addIssue({ code: 'custom', path: ['url'], message: problem })
  })
  .meta(
    words({
      en: ['Webhook', 'Posts messages to an address of your own, as Standard Webhooks'],
      zh: ['Webhook', '按 Standard Webhooks 把消息发到您自己的地址'],
    }),
  )

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
