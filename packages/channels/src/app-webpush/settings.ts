import { z } from 'zod'
import { words } from '../form.ts'
import { secretSchema } from '../secrets.ts'

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
      .meta(
        words({
          en: ['VAPID public key', 'The one that browsers subscribe with'],
          zh: ['VAPID 公钥', '浏览器订阅时使用的公钥'],
        }),
      ),
    private_key: secretSchema(
      {
        en: ['VAPID private key', 'Belongs to the public key'],
        zh: ['VAPID 私钥', '与公钥配对'],
      },
      z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'expected the VAPID private key, 43 characters'),
    ),
    subject: z
      .string()
      .max(200)
      .refine(isContact, 'expected mailto: or https: of a real domain; Apple refuses localhost and .invalid')
      .meta(
        words(
          {
            en: ['Contact', 'Where push services reach you: mailto: or https: of a real domain'],
            zh: ['联系方式', '推送服务联系您的地址：真实域名的 mailto: 或 https:'],
          },
          { examples: ['mailto:ops@example.com', 'https://example.com'] },
        ),
      ),
    title: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .optional()
      .meta(
        words({
          en: ['Title', 'Of messages whose template has no subject'],
          zh: ['标题', '模板没有主题时使用的标题'],
        }),
      ),
    ttl_seconds: z
      .int()
      .min(0)
      .max(28 * DAY_S)
      .default(DAY_S)
      .meta(
        words({
          en: ['Time to live', 'How long a push service keeps a message for a browser that is away, in seconds'],
          zh: ['保留时间', '浏览器离线时推送服务保留消息的时间，单位秒'],
        }),
      ),
    urgency: z
      .enum(['very-low', 'low', 'normal', 'high'])
      .default('normal')
      .meta(
        words({
          en: ['Urgency', 'What a device on battery wakes up for'],
          zh: ['紧急程度', '决定用电池的设备是否被唤醒'],
        }),
      ),
    hosts: z
      .array(z.string().regex(/^(?:\*\.)?(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'expected a host such as *.push.apple.com'))
      .min(1)
      .max(50)
      .default(PUSH_HOSTS)
      .meta(
        words({
          en: ['Push services', 'Their hosts; a subscription at any other is refused'],
          zh: ['推送服务', '允许的主机；其他主机的订阅会被拒绝'],
        }),
      ),
    allow_loopback: z
      .boolean()
      .default(false)
      .meta(
        words({
          en: ['Allow this machine', 'Take subscriptions at a push service on this machine. For tests'],
          zh: ['允许本机', '接受本机推送服务的订阅，仅用于测试'],
        }),
      ),
  })
  .meta(
    words({
      en: ['Web Push', 'Notifications in browsers, encrypted for each'],
      zh: ['浏览器推送', '逐一加密的浏览器通知'],
    }),
  )

export type WebPushSettings = z.output<typeof webPushSettingsSchema>

function isContact(raw: string): boolean {
  const domain = raw.startsWith('https:') ? URL.parse(raw)?.hostname : /^mailto:[^@\s]+@([^@\s]+)$/.exec(raw)?.[1]
  if (domain === undefined) return false
  return /^(?:[a-z0-9-]+\.)+[a-z]{2,}$/i.test(domain) && !/\.(?:invalid|localhost|local|test)$/i.test(domain)
}
