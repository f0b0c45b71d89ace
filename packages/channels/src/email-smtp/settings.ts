import { z } from 'zod'
import { words } from '../form.ts'
import { secretNameSchema } from '../http/base-url.ts'
import { asciiDomain, checkRecipient } from '../recipient.ts'

/** One address in its canonical spelling. */
const addressSchema = z.string().transform((raw, context) => {
  const checked = checkRecipient('email', raw)
  if (checked.ok) return checked.canonical
  context.addIssue({ code: 'custom', message: checked.reason })
  return z.NEVER
})

const senderSchema = z.strictObject({
  /** Shown before the address. */
  name: z
    .string()
    .max(100)
    .regex(/^[^\p{Cc}]*$/u, 'expected no control characters')
    .optional(),
  address: addressSchema,
})

const timeoutMs = (standard: number) => z.int().min(100).max(120_000).default(standard)

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
    host: hostSchema,
    /** Default 465 when `secure`, else 587. */
    port: z.int().min(1).max(65_535).optional(),
    /** TLS from the first byte. Default: true on port 465. */
    secure: z.boolean().optional(),
    /** Refuse to go on when the server does not offer STARTTLS. Default: true unless `secure` or on this machine. */
    require_tls: z.boolean().optional(),
    /** Stay unencrypted although the server offers STARTTLS. Only for servers on this machine. */
    ignore_tls: z.boolean().default(false),
    from: senderSchema,
    reply_to: addressSchema.optional(),
    user: z.string().min(1).max(320).optional(),
    /** The NAME under which the environment holds the password (`ctx.secret`); the password itself is never stored. */
    password_env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'expected a name of letters, digits and _')
      .optional(),
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
          zh: ['退信地址', '信封发件人：bounce@… 变成 bounce+<消息标记>@…；不填则用发件地址'],
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
    receipt_token_env: secretNameSchema.optional().meta(
      words({
        en: [
          'Receipt secret',
          'Ends the callback address and makes the tags of messages. Left out: bounces are not read',
        ],
        zh: ['回执密钥', '回调地址的结尾，也用于生成消息标记；不填则不读取退信'],
      }),
    ),
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
    /** From the DNS query until the greeting may be read. */
    connect_timeout_ms: timeoutMs(10_000),
    greeting_timeout_ms: timeoutMs(10_000),
    /** Silence of the server after which an exchange is given up. */
    socket_timeout_ms: timeoutMs(20_000),
  })
  .refine((raw) => (raw.user === undefined) === (raw.password_env === undefined), {
    error: 'expected user and password_env together, got one of them',
    path: ['password_env'],
  })
  .refine((raw) => raw.receipt_token_env !== undefined || (raw.maildir === undefined && !raw.delivery_reports), {
    error: 'expected a name: without that secret no report is believed',
    path: ['receipt_token_env'],
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
  .meta(words({ en: ['SMTP'], zh: ['SMTP 邮件'] }))

export type SmtpSettings = z.output<typeof smtpSettingsSchema>

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host)
}

function isAddress(host: string): boolean {
  return z.union([z.ipv4(), z.ipv6()]).safeParse(host).success
}
