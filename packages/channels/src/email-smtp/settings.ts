import { z } from 'zod'
import { words } from '../form.ts'
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
