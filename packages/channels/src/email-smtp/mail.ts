/** The mail itself: headers and parts. */
import type { RenderedContent } from '../adapter.ts'
import { textOf } from './html-text.ts'
import type { SmtpSettings } from './settings.ts'

export interface SmtpPayload {
  subject: string
  text: string
  html: string | null
}

/** An HTML template has one source; its text part is the reading of it. */
export function payloadOf(content: RenderedContent): SmtpPayload {
  return {
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

/** The same for every attempt of one message, so that a receiver that got both can drop one. */
export function messageIdOf(recordId: number, from: string): string {
  return `<signalbox.${recordId}@${from.slice(from.lastIndexOf('@') + 1)}>`
}

export interface Envelope {
  recordId: number
  traceId: string
  to: string
  /** Epoch ms. */
  at: number
}

/** What nodemailer is given. Every address is an object: text would be parsed for lists, groups and names. */
export function mailOf(payload: SmtpPayload, envelope: Envelope, cfg: SmtpSettings) {
  return {
    envelope: { from: cfg.from.address, to: [envelope.to] },
    from: { name: cfg.from.name ?? '', address: cfg.from.address },
    to: { name: '', address: envelope.to },
    ...(cfg.reply_to === undefined ? {} : { replyTo: { name: '', address: cfg.reply_to } }),
    subject: payload.subject,
    messageId: messageIdOf(envelope.recordId, cfg.from.address),
    date: new Date(envelope.at),
    headers: {
      'X-Signalbox-Trace': envelope.traceId,
      // RFC 3834: no vacation notice in answer to this.
      'Auto-Submitted': 'auto-generated',
    },
    text: payload.text,
    ...(payload.html === null ? {} : { html: payload.html }),
    // Content is shaped by templates and users: it must never make this process read a file or fetch a URL.
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
