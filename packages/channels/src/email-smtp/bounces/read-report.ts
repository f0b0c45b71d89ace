/**
 * What a mail to our bounce address is. Bounces come as multipart/report with a message/delivery-status part (RFC 3464),
 * complaints with a message/feedback-report part (RFC 5965), vacation notices as anything; old servers write prose.
 *
 * The parts are looked for by their type and never in the text of the mail, where a parser may or may not show them: that is
 * how bounces are missed in silence.
 */
import PostalMime, { type Attachment, type Email } from 'postal-mime'
import { fieldGroups, type Fields } from './status-fields.ts'

/** Enough for the status and the headers of what came back; the rest of a large original says nothing more. */
export const READ_AT_MOST_BYTES = 256 * 1024

/** What became of it at one recipient, in the words of RFC 3464. */
export interface RecipientStatus {
  /** `failed`, `delayed`, `delivered`, `relayed`, `expanded`; empty when the report does not say. */
  action: string
  /** `5.1.1`, or empty. */
  status: string
  /** `smtp; 550 5.1.1 no such user`, or empty. */
  diagnostic: string
  remoteMta: string
}

export interface MailReport {
  kind:
    | { is: 'delivery_status'; recipients: readonly RecipientStatus[] }
    | { is: 'complaint'; type: string }
    /** A bounce in prose. */
    | { is: 'prose'; text: string }
    | { is: 'auto_reply' }
    | { is: 'other' }
  /** Epoch ms of its Date header; null without a good one. */
  date: number | null
  /** Where our tag may stand: what it was sent to, what came back, what it answers. The surest first. */
  places: readonly string[]
}

const NOTHING: MailReport = { kind: { is: 'other' }, date: null, places: [] }

/** Never rejects: what cannot be read is `other`. */
export async function readReport(raw: Uint8Array): Promise<MailReport> {
  try {
    const options = { maxNestingDepth: 20, maxHeadersSize: READ_AT_MOST_BYTES, maxRfc822NestingDepth: 0 }
    return reportOf(await PostalMime.parse(withoutFromLine(raw.subarray(0, READ_AT_MOST_BYTES)), options))
  } catch {
    return NOTHING
  }
}

/** Programs that are handed a mail may get the separator of an mbox before it: `From MAILER-DAEMON Sat Nov 21 …`. */
function withoutFromLine(raw: Uint8Array): Uint8Array {
  if (Buffer.from(raw.subarray(0, 5)).toString('latin1') !== 'From ') return raw
  const end = raw.indexOf(0x0a)
  return end < 0 ? raw : raw.subarray(end + 1)
}

function reportOf(mail: Email): MailReport {
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value ?? ''
  const headers = (...names: string[]) =>
    mail.headers.filter(({ key }) => names.includes(key)).map(({ value }) => value)
  const statuses = partsOf(mail, 'message/delivery-status', 'message/global-delivery-status').flatMap(fieldGroups)
  const feedback = partsOf(mail, 'message/feedback-report').flatMap(fieldGroups)
  const returned = partsOf(mail, ...RETURNED).map(headersOf)
  const kind = kindOf(mail, header, statuses, feedback)
  return {
    kind,
    date: dateOf(header('date')),
    places: [
      ...headers('delivered-to', 'x-original-to', 'envelope-to', 'to'),
      ...statuses.map((fields) => fields.get('original-envelope-id') ?? ''),
      ...feedback.map((fields) => fields.get('original-mail-from') ?? ''),
      ...returned,
      ...headers('in-reply-to', 'references'),
      ...(kind.is === 'prose' ? [kind.text] : []),
    ],
  }
}

function kindOf(
  mail: Email,
  header: (name: string) => string,
  statuses: readonly Fields[],
  feedback: readonly Fields[],
): MailReport['kind'] {
  const [complaint] = feedback
  if (complaint) return { is: 'complaint', type: (complaint.get('feedback-type') ?? '').toLowerCase() }
  const recipients = statuses.filter((fields) => fields.has('action') || fields.has('status')).map(recipientOf)
  // Reports are sent from nobody, so that nothing answers them (RFC 3464 2); where the last server tells, it has to say so.
  const fromNobody = ['', '<>', '<MAILER-DAEMON>'].includes(header('return-path').trim())
  if (recipients.length > 0) return fromNobody ? { is: 'delivery_status', recipients } : { is: 'other' }
  const text = mail.text ?? ''
  const maybeBounce = fromNobody && isOfDaemon(header) && text !== ''
  // Exim names those whom it failed to reach, also in bounces that call themselves replies.
  if (maybeBounce && (header('x-failed-recipients') !== '' || !isAutoReply(header))) return { is: 'prose', text }
  return { is: isAutoReply(header) ? 'auto_reply' : 'other' }
}

function recipientOf(fields: Fields): RecipientStatus {
  return {
    action: (/^[a-z]+/i.exec(fields.get('action') ?? '')?.[0] ?? '').toLowerCase(),
    status: /^[245]\.\d{1,3}\.\d{1,3}/.exec(fields.get('status') ?? '')?.[0] ?? '',
    diagnostic: fields.get('diagnostic-code') ?? '',
    remoteMta: fields.get('remote-mta') ?? '',
  }
}

/** RFC 3834; the others are what vacation programs write in place of it. */
function isAutoReply(header: (name: string) => string): boolean {
  return (
    /^auto-replied/i.test(header('auto-submitted')) ||
    header('x-autoreply') !== '' ||
    header('x-autorespond') !== '' ||
    /^auto_reply/i.test(header('precedence')) ||
    /^(?:automatic reply|out of office|auto(?:matic)?[- ]?repl|自动回复)/i.test(header('subject'))
  )
}

function isOfDaemon(header: (name: string) => string): boolean {
  return /\b(?:mailer-daemon|postmaster|mail delivery (?:sub)?system)\b/i.test(header('from'))
}

const RETURNED = ['text/rfc822-headers', 'message/rfc822', 'message/global-headers', 'message/global'] as const

function partsOf({ attachments }: Email, ...types: string[]): string[] {
  return attachments.filter(({ mimeType }) => types.includes(mimeType)).map(textOf)
}

function textOf({ content }: Attachment): string {
  return typeof content === 'string' ? content : Buffer.from(content as Uint8Array).toString('utf8')
}

/** What came back may be the whole message; its text says nothing of which message it is. */
function headersOf(message: string): string {
  const end = /\r?\n\r?\n/.exec(message)
  return end ? message.slice(0, end.index) : message
}

function dateOf(value: string): number | null {
  const at = Date.parse(value)
  return Number.isNaN(at) ? null : at
}
