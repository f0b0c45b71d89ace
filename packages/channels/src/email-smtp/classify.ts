/**
 * What an SMTP failure means. Reply codes: RFC 5321 4.2; enhanced codes: RFC 3463. The class of each is judgement from
 * practice, written down in one table.
 */
import type { FailureCategory, FailureScope, Outcome } from '../adapter.ts'
import { redact } from '../http/redact.ts'

export type Failure = Extract<Outcome, { status: 'failed' }>

/** What nodemailer's errors carry. */
export interface SmtpError {
  code?: string
  /** The code of the system error beneath, ECONNREFUSED for example. */
  originalCode?: string
  /** CONN, EHLO, AUTH PLAIN, MAIL FROM, RCPT TO, DATA ... */
  command?: string
  response?: string
  responseCode?: number
  message: string
  /** Of an abort: why. */
  cause?: unknown
}

/** A mail that the server has neither taken nor refused in full words when the exchange broke off. */
export function isRefusal(error: SmtpError): boolean {
  return error.responseCode !== undefined && error.responseCode >= 400 && error.responseCode <= 599
}

/** Of a failure after which it is certain that nothing was sent. */
export function classify(error: SmtpError, secrets: readonly string[] = []): Failure {
  const reply = isRefusal(error) ? replyOf(error) : null
  const { category, scope } = reply ? classOfReply(reply) : classOfBreak(error)
  // Only where the server says so with its code: a bare 550 is used for policies too.
  const isGone = category === 'invalid_recipient' && reply !== null && isOfRecipient(reply.enhanced)
  const suppress = isGone ? ({ suppress: 'hard_bounce' } as const) : {}
  return { status: 'failed', category, scope, code: codeOf(error), detail: detailOf(error, secrets), ...suppress }
}

/** `550 5.1.1`, or nodemailer's word with the system's: `ESOCKET ECONNREFUSED`. */
export function codeOf(error: SmtpError): string {
  if (isRefusal(error)) {
    const { status, enhanced } = replyOf(error)
    return enhanced === '' ? String(status) : `${status} ${enhanced}`
  }
  return [error.code ?? 'ESMTP', error.originalCode].filter((part) => part !== undefined).join(' ')
}

/** One line, at most 300 characters, without secrets and addresses: `RCPT TO: 550 5.1.1 no such user`. */
export function detailOf(error: SmtpError, secrets: readonly string[] = []): string {
  const reason = error.code === 'EABORT' && error.cause instanceof Error ? error.cause.message : error.message
  const told = error.response ?? reason
  return redact(`${error.command ?? 'SMTP'}: ${withoutAddresses(told)}`, secrets)
}

/** Servers repeat the address that they refuse. The message has it, and reasons without it can be counted. */
export function withoutAddresses(text: string): string {
  return text.replace(/[^\s<>()"'`:;,@]{1,64}@[^\s<>()"'`:;,@]{1,255}/g, '…')
}

/** Said of the address itself: it does not exist, is written wrongly, or is closed. Code as in `5.1.1`. */
export function isOfRecipient(code: string): boolean {
  return /^5\.(?:1\.(?:1|2|3|6|10)|2\.1)$/.test(code)
}

interface Reply {
  status: number
  /** `5.1.1`, or empty. */
  enhanced: string
  command: string
  text: string
}

function replyOf(error: SmtpError): Reply {
  const text = error.response ?? error.message
  return {
    status: error.responseCode ?? 0,
    enhanced: /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?!\S)/.exec(text)?.[1] ?? '',
    command: error.command ?? '',
    text,
  }
}

interface Class {
  category: FailureCategory
  scope: FailureScope
}
type Row = Class & { when: (reply: Reply) => boolean }

const temporary = ({ status }: Reply) => status < 500
const during = (command: string) => (reply: Reply) => reply.command.startsWith(command)
const saying = (pattern: RegExp) => (reply: Reply) => pattern.test(reply.text)
/** `subject` is an enhanced code without its class, `1.1` in 5.1.1. */
const enhanced = (pattern: RegExp) => (reply: Reply) => pattern.test(reply.enhanced.slice(2))
const not = (condition: (reply: Reply) => boolean) => (reply: Reply) => !condition(reply)
const status =
  (...codes: number[]) =>
  (reply: Reply) =>
    codes.includes(reply.status)
const all =
  (...conditions: ((reply: Reply) => boolean)[]) =>
  (reply: Reply) =>
    conditions.every((holds) => holds(reply))

/** The first row that fits decides. */
const ROWS: readonly Row[] = [
  // SES says both under 454: over the day's quota, or over the rate.
  { when: saying(/daily (?:message |sending )?quota/i), category: 'quota', scope: 'account' },
  {
    when: all(temporary, saying(/throttl|too many|rate limit|sending rate/i)),
    category: 'rate_limited',
    scope: 'account',
  },
  { when: all(during('AUTH'), temporary), category: 'provider_down', scope: 'provider' },
  { when: during('AUTH'), category: 'auth', scope: 'account' },
  { when: status(530, 534, 535, 538), category: 'auth', scope: 'account' },
  { when: status(421), category: 'provider_down', scope: 'provider' },
  // A full mailbox empties again: worth another try, and never a reason to give the address up.
  { when: enhanced(/^2\.2$/), category: 'provider_down', scope: 'recipient' },
  { when: all(temporary, during('RCPT')), category: 'provider_down', scope: 'recipient' },
  { when: all(temporary, during('DATA')), category: 'provider_down', scope: 'message' },
  { when: temporary, category: 'provider_down', scope: 'provider' },
  // RFC 5321 4.2.4: the session is in the wrong state; a new one may do.
  { when: status(503), category: 'provider_down', scope: 'message' },
  // At MAIL the address that is refused is our own.
  { when: all(during('MAIL'), enhanced(/^1\./)), category: 'config', scope: 'account' },
  { when: enhanced(/^1\.(?:1|2|3|6|10)$/), category: 'invalid_recipient', scope: 'recipient' },
  { when: enhanced(/^1\.[78]$/), category: 'config', scope: 'account' },
  { when: enhanced(/^(?:3\.4|2\.3)$/), category: 'content', scope: 'message' },
  // Policy: what is said is refused, not the address.
  { when: enhanced(/^7\./), category: 'content', scope: 'message' },
  { when: all(during('RCPT'), status(550, 551, 553, 501)), category: 'invalid_recipient', scope: 'recipient' },
  { when: all(during('RCPT'), enhanced(/^2\.1$/)), category: 'invalid_recipient', scope: 'recipient' },
  { when: all(not(during('CONN')), status(552, 554)), category: 'content', scope: 'message' },
  { when: during('DATA'), category: 'content', scope: 'message' },
  { when: during('RCPT'), category: 'invalid_recipient', scope: 'recipient' },
]

/** Left over: refused for good before any recipient was named (greeting, EHLO, STARTTLS, MAIL). */
const REFUSED_SESSION: Class = { category: 'config', scope: 'account' }

function classOfReply(reply: Reply): Class {
  return ROWS.find((row) => row.when(reply)) ?? REFUSED_SESSION
}

/** Failures without a reply of the server. */
function classOfBreak(error: SmtpError): Class {
  switch (error.code) {
    case 'EAUTH':
    case 'ENOAUTH':
    case 'EOAUTH2':
      return { category: 'auth', scope: 'account' }
    case 'ECONFIG':
    case 'EREQUIRETLS':
      return { category: 'config', scope: 'account' }
    case 'EMESSAGE':
    case 'EENVELOPE':
    case 'EFILEACCESS':
    case 'EURLACCESS':
      return { category: 'content', scope: 'message' }
    default:
      return { category: 'provider_down', scope: 'provider' }
  }
}
