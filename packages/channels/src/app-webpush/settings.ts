import { z } from 'zod'
import { words } from '../form.ts'
import { secretNameSchema } from '../http/base-url.ts'

/** The push services of Chrome, Edge and Opera; Firefox; Safari; Edge on Windows. */
export const PUSH_HOSTS = [
  'fcm.googleapis.com',
  'updates.push.services.mozilla.com',
  '*.push.apple.com',
  '*.notify.windows.com',
]

const DAY_S = 86_400

/** An application server with its VAPID keys. */
export const webPushSettingsSchema = z
  .strictObject({
    public_key: z
      .string()
      .regex(/^B[A-Za-z0-9_-]{86}$/, 'expected the VAPID public key, 87 characters that begin with B')
      .describe('VAPID public key, the one that browsers subscribe with'),
    private_key_env: secretNameSchema.describe('Name of the secret that holds the VAPID private key'),
    subject: z
      .string()
      .max(200)
      .refine(isContact, 'expected mailto: or https: of a real domain; Apple refuses localhost and .invalid')
      .describe('Where push services reach you: mailto:ops@example.com or https://example.com'),
    title: z.string().trim().min(1).max(100).optional().describe('Title of messages whose template has no subject'),
    ttl_seconds: z
      .int()
      .min(0)
      .max(28 * DAY_S)
      .default(DAY_S)
      .describe('How long a push service keeps a message for a browser that is away, in seconds'),
    urgency: z
      .enum(['very-low', 'low', 'normal', 'high'])
      .default('normal')
      .describe('What a device on battery wakes up for'),
    hosts: z
      .array(z.string().regex(/^(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'expected a host such as *.push.apple.com'))
      .min(1)
      .max(50)
      .default(PUSH_HOSTS)
      .describe('Hosts of push services; a subscription at any other is refused'),
    allow_loopback: z
      .boolean()
      .default(false)
      .describe('Take subscriptions at a push service on this machine. For tests'),
  })
  .meta(words({ en: ['Web Push'], zh: ['浏览器推送（Web Push）'] }))

export type WebPushSettings = z.output<typeof webPushSettingsSchema>

function isContact(raw: string): boolean {
  const domain = raw.startsWith('https:') ? URL.parse(raw)?.hostname : /^mailto:[^@\s]+@([^@\s]+)$/.exec(raw)?.[1]
  if (domain === undefined) return false
  return /^(?:[a-z0-9-]+\.)+[a-z]{2,}$/i.test(domain) && !/\.(?:invalid|localhost|local|test)$/i.test(domain)
}
