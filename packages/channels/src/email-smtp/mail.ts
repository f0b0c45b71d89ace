/** The mail itself: headers and parts. */
import type { Purpose } from '@signalbox/contracts'
import type { RenderedContent } from '../adapter.ts'
import { textOf } from './html-text.ts'
import type { SmtpSettings } from './settings.ts'

export interface SmtpPayload {
  templateId: number
  subject: string
  text: string
  html: string | null
}

/** An HTML template has one source; its text part is the reading of it. */
export function payloadOf(content: RenderedContent): SmtpPayload {
  return {
    templateId: content.templateId,
    subject: headerText(content.subject ?? ''),
    text: content.html === null ? content.text : textOf(content.html),
    html: content.html,
  }
}

/**
 * Header values are one line: a variable with CR LF must not begin a header of its own. nodemailer folds and encodes
 * what remains.
 */
function headerText(value: string): string {
  return value.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim()
}

export interface MailIdentity {
  recordId: number
  traceId: string
  to: string
  /** Epoch ms. */
  at: number
  serviceId: number
  purpose: Purpose
  unsubscribeUrl: string | null
  /** Of this message, for what comes back about it; null where nothing that comes back is read. See bounces/tag.ts. */
  tag: string | null
}

/** What nodemailer is given. Every address is an object: text would be parsed for lists, groups and names. */
export function mailOf(payload: SmtpPayload, mail: MailIdentity, cfg: SmtpSettings) {
  return {
    envelope: { from: envelopeSender(mail.tag, cfg), to: [mail.to] },
    ...(mail.tag === null ? {} : { dsn: wantedReports(mail.tag, mail.to, cfg) }),
    from: { name: cfg.from.name ?? '', address: cfg.from.address },
    to: { name: '', address: mail.to },
    ...(cfg.reply_to === undefined ? {} : { replyTo: { name: '', address: cfg.reply_to } }),
    subject: payload.subject,
    // The same for every attempt of one message, so that a receiver that got both can drop one.
    messageId: `<${mail.tag ?? mail.traceId}@${domainOf(cfg.from.address)}>`,
    date: new Date(mail.at),
    headers: {
      'X-Signalbox-Trace': mail.traceId,
      // RFC 3834: no vacation notice in answer to this.
      'Auto-Submitted': 'auto-generated',
      // Gmail's postmaster tools add up complaints by these four; the last names the sender.
      'Feedback-ID': `${payload.templateId}:${mail.purpose}:${mail.serviceId}:signalbox`,
      ...(mail.unsubscribeUrl === null ? {} : unsubscribeHeaders(mail.unsubscribeUrl)),
    },
    text: payload.text,
    ...(payload.html === null ? {} : { html: payload.html }),
    // Content is shaped by templates and users: it must never make this process read a file or fetch a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** An address of its own for each message (VERP), so that a bounce says which it is about even when it says nothing else. */
function envelopeSender(tag: string | null, { bounce_address: address, bounce_delimiter: sign, from }: SmtpSettings) {
  if (address === undefined) return from.address
  const at = address.lastIndexOf('@')
  return tag === null ? address : `${address.slice(0, at)}${sign}${tag}${address.slice(at)}`
}

/** RFC 3461, sent only to servers that offer it. The tag as ENVID comes back in reports that keep nothing else of the mail. */
function wantedReports(tag: string, to: string, cfg: SmtpSettings) {
  return {
    id: tag,
    return: 'headers' as const,
    notify: cfg.delivery_reports ? ['success', 'failure', 'delay'] : ['failure', 'delay'],
    ...(/^[\x21-\x7e]+$/.test(to) ? { recipient: to } : {}),
  }
}

/** RFC 8058: one click needs https. What URL makes of an address holds no blanks, line ends or angle brackets. */
function unsubscribeHeaders(address: string): Record<string, string> {
  const url = new URL(address)
  return {
    'List-Unsubscribe': `<${url.href}>`,
    ...(url.protocol === 'https:' ? { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' } : {}),
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}
