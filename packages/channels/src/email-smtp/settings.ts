import { z } from 'zod'
import { words, type Words } from '../form.ts'
import { asciiDomain, checkRecipient } from '../recipient.ts'
import { receiptTokenSchema, secretSchema } from '../secrets.ts'

/** One address in its canonical spelling. */
const addressSchema = z.string().transform((raw, context) => {
  const checked = checkRecipient('email', raw)
  if (checked.ok) return checked.canonical
  context.addIssue({ code: 'custom', message: checked.reason })
  return z.NEVER
})

const senderSchema = z.strictObject({
  name: z
    .string()
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, 'expected no control characters')
    .optional()
    .meta(words({ en: ['Name', 'Shown before the address'], zh: ['名称', '显示在地址之前'] })),
  address: addressSchema.meta(words({ en: ['Address'], zh: ['地址'] }, { examples: ['news@example.com'] })),
})

const timeoutMs = (standard: number, of: Words) => z.int().min(100).max(120_000).default(standard).meta(words(of))

const hostSchema = z
  .string()
  .trim()
  .refine((host) => isLoopback(host) || isAddress(host) || asciiDomain(host) !== null || /^[a-z0-9-]+$/i.test(host), {
    error: 'expected a host name or an IP address',
  })

/** RFC 5321 4.5.3.1.1: 64 before the @; the tag of a message and the sign before it take 37 of them. */
const LONGEST_BOUNCE_LOCAL_PART = 27

/** An SMTP account. Times are milliseconds. */
export const smtpSettingsSchema = z
  .strictObject({
    host: hostSchema.meta(
      words(
        { en: ['Server', 'Host name or address'], zh: ['服务器', '主机名或地址'] },
        { examples: ['smtp.example.com'] },
      ),
    ),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .meta(
        words({
          en: ['Port', 'Left out: 465 with TLS from the first byte, else 587'],
          zh: ['端口', '留空：一开始就用 TLS 时为 465，否则为 587'],
        }),
      ),
    user: z
      .string()
      .min(1)
      .max(320)
      .optional()
      .meta(words({ en: ['User', 'Left out: no log-in'], zh: ['用户名', '留空则不登录'] })),
    password: secretSchema({
      en: ['Password', 'Or the authorisation code of the mail provider'],
      zh: ['密码', '或邮箱服务商的授权码'],
    }).optional(),
    from: senderSchema.meta(words({ en: ['Sender'], zh: ['发件人'] })),
    reply_to: addressSchema.optional().meta(
      words({
        en: ['Reply to', 'Where answers go. Left out: to the sender'],
        zh: ['回复地址', '留空则回复给发件人'],
      }),
    ),
    secure: z
      .boolean()
      .optional()
      .meta(
        words({
          en: ['TLS from the first byte', 'Left out: on port 465'],
          zh: ['一开始就用 TLS', '留空：端口为 465 时使用'],
        }),
      ),
    require_tls: z
      .boolean()
      .optional()
      .meta(
        words({
          en: [
            'Require STARTTLS',
            'Refuse to go on when the server does not offer it. Left out: unless TLS is there from the first byte or the server is on this machine',
          ],
          zh: ['必须 STARTTLS', '服务器不提供时拒绝继续。留空：除非一开始就用 TLS 或服务器在本机'],
        }),
      ),
    ignore_tls: z
      .boolean()
      .default(false)
      .meta(
        words({
          en: ['Stay unencrypted', 'Although the server offers STARTTLS. Only for servers on this machine'],
          zh: ['不加密', '即使服务器提供 STARTTLS。仅用于本机服务器'],
        }),
      ),
    bounce_address: addressSchema
      .refine((address) => address.lastIndexOf('@') <= LONGEST_BOUNCE_LOCAL_PART, {
        error: `expected at most ${LONGEST_BOUNCE_LOCAL_PART} characters before the @`,
      })
      .optional()
      .meta(
        words({
          en: [
            'Bounce address',
            'Envelope sender: bounce@… becomes bounce+<tag of the message>@… Left out: the sender',
          ],
          zh: ['退信地址', '信封发件人：bounce@… 变成 bounce+<消息标记>@…。留空则用发件地址'],
        }),
      ),
    bounce_delimiter: z
      .enum(['+', '-', '='])
      .default('+')
      .meta(
        words({
          en: ['Bounce address delimiter', 'Where an extension begins for the mail server of that address'],
          zh: ['退信地址分隔符', '该地址的邮件服务器用来分隔扩展部分的符号'],
        }),
      ),
    receipt_token: receiptTokenSchema({
      en: [
        'Receipt token',
        'At least 24 characters. Ends the callback address and makes the tags of messages. Left out: bounces are not read',
      ],
      zh: ['回执令牌', '至少 24 个字符。回调地址的结尾，也用于生成消息标记。留空则不读取退信'],
    }),
    maildir: z
      .string()
      .max(1000)
      .regex(/^\/[^\0]*$/, 'expected an absolute path')
      .optional()
      .meta(
        words({
          en: ['Bounce mailbox', 'Folder in the Maildir format where bounces arrive, of this service alone'],
          zh: ['退信邮箱', '接收退信的 Maildir 文件夹，只供本服务使用'],
        }),
      ),
    delivery_reports: z
      .boolean()
      .default(false)
      .meta(
        words({
          en: ['Delivery reports', 'Ask mail servers to report also what they delivered'],
          zh: ['送达报告', '请邮件服务器也报告已送达的邮件'],
        }),
      ),
    connect_timeout_ms: timeoutMs(10_000, {
      en: ['Connect timeout', 'From the DNS query until the connection stands, in milliseconds'],
      zh: ['连接超时', '从 DNS 查询到连接建立，单位毫秒'],
    }),
    greeting_timeout_ms: timeoutMs(10_000, {
      en: ['Greeting timeout', 'From the connection until the server greets, in milliseconds'],
      zh: ['问候超时', '从连接建立到服务器问候，单位毫秒'],
    }),
    socket_timeout_ms: timeoutMs(20_000, {
      en: ['Silence', 'Of the server after which an exchange is given up, in milliseconds'],
      zh: ['静默超时', '服务器静默多久后放弃，单位毫秒'],
    }),
  })
  .refine((raw) => (raw.user === undefined) === (raw.password === undefined), {
    error: 'expected user and password together, got one of them',
    path: ['password'],
  })
  .refine((raw) => raw.receipt_token !== undefined || (raw.maildir === undefined && !raw.delivery_reports), {
    error: 'expected a secret: without it no report is believed',
    path: ['receipt_token'],
  })
  .refine((raw) => !raw.ignore_tls || isLoopback(raw.host), {
    error: 'expected false for a server that is not on this machine',
    path: ['ignore_tls'],
  })
  .refine((raw) => !(raw.ignore_tls && (raw.secure === true || raw.require_tls === true)), {
    error: 'expected false together with secure or require_tls',
    path: ['ignore_tls'],
  })
  .refine((raw) => raw.user === undefined || raw.require_tls !== false || raw.secure === true || isLoopback(raw.host), {
    error: 'expected true with a user: the password would travel unencrypted',
    path: ['require_tls'],
  })
  .transform((raw) => {
    const secure = raw.secure ?? raw.port === 465
    return {
      ...raw,
      secure,
      port: raw.port ?? (secure ? 465 : 587),
      require_tls: raw.require_tls ?? (!secure && !isLoopback(raw.host)),
    }
  })
  .meta(
    words(
      { en: ['SMTP', 'Mail through any SMTP server'], zh: ['SMTP 邮件', '通过任意 SMTP 服务器发送邮件'] },
      { dependentRequired: { user: ['password'], password: ['user'], maildir: ['receipt_token'] } },
    ),
  )

export type SmtpSettings = z.output<typeof smtpSettingsSchema>

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function isAddress(host: string): boolean {
  return z.union([z.ipv4(), z.ipv6()]).safeParse(host).success
}
