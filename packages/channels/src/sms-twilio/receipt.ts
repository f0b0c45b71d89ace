/**
 * Status callbacks, and what phones send: a form, signed over the public address that the settings name, not over what a
 * proxy made of it.
 */
import type { AdapterContext, RawRequest, ReceiptReply, ReportedReceipt } from '../adapter.ts'
import { sameSecret } from '../http/token.ts'
import { echoedRecordId } from '../sms/phone.ts'
import { meaningOf } from '../provider-codes.ts'
import { TWILIO_CODES } from './codes.ts'
import type { TwilioSettings } from './settings.ts'
import { twilioSignature } from './sign.ts'

const TYPE = 'text/plain; charset=utf-8'
/** Twilio reads the status alone. */
const TAKEN = { status: 200, type: TYPE, body: '' }
/** To what a phone sent Twilio expects TwiML: this one answers nothing. */
const NO_ANSWER = { status: 200, type: 'text/xml; charset=utf-8', body: '<Response/>' }
const rejected: ReceiptReply = { auth: 'rejected', events: [], reply: { status: 403, type: TYPE, body: 'refused' } }

/** Where our record id travels: Twilio calls the address that the send gave it. */
export const RECORD_PARAM = 'record'

export function callbackUrl(base: string, recordId: number): string {
  return `${base}?${RECORD_PARAM}=${recordId}`
}

export function parseTwilioReceipt(request: RawRequest, cfg: TwilioSettings, ctx: AdapterContext): ReceiptReply {
  const token = ctx.secret('auth_token')
  if (request.method !== 'POST' || cfg.callback_url === undefined || token === undefined) return rejected
  const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
  const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'))
  const given = request.headers['x-twilio-signature']
  const good = signedUrls(cfg.callback_url + query).some((url) =>
    sameSecret(typeof given === 'string' ? given : undefined, twilioSignature(token, url, form)),
  )
  if (!good) return rejected
  const account = form.get('AccountSid') === cfg.account_sid
  if (isIncoming(form)) {
    const replies = account ? [{ from: form.get('From') ?? '', text: wordsOf(form), at: ctx.now() }] : []
    return { auth: 'signature', events: [], replies, reply: NO_ANSWER }
  }
  const recordId = echoedRecordId(new URLSearchParams(query).get(RECORD_PARAM))
  const ours = account && recordId !== null
  return { auth: 'signature', events: ours ? eventsOf(form, recordId, ctx.now()) : [], reply: TAKEN }
}

/** A status callback carries no text. */
function isIncoming(form: URLSearchParams): boolean {
  return form.has('Body') && form.has('From') && !form.has('MessageStatus')
}

/** Twilio may know more words than we do, those of the account's own list, and then says what each means. */
function wordsOf(form: URLSearchParams): string {
  const type = form.get('OptOutType')
  return type === 'STOP' || type === 'START' ? type : (form.get('Body') ?? '')
}

/** Twilio signs with or without the port of the scheme. */
function signedUrls(address: string): string[] {
  const url = new URL(address)
  if (url.port !== '') return [address, address.replace(`:${url.port}`, '')]
  const port = url.protocol === 'https:' ? '443' : '80'
  return [address, address.replace(url.host, `${url.host}:${port}`)]
}

const STATES: Readonly<Record<string, ReportedReceipt['state']>> = {
  delivered: 'delivered',
  read: 'read',
  undelivered: 'failed',
  failed: 'failed',
  canceled: 'failed',
}

/** Nothing for what is still on its way: queued, sending, sent. A callback tells no time of its own. */
function eventsOf(form: URLSearchParams, recordId: number, now: number): ReportedReceipt[] {
  const status = form.get('MessageStatus') ?? form.get('SmsStatus') ?? ''
  const state = Object.hasOwn(STATES, status) ? STATES[status] : undefined
  if (!state) return []
  if (state !== 'failed') return [{ recordId, state, at: now }]
  const code = form.get('ErrorCode') ?? status
  const suppress = meaningOf(TWILIO_CODES, code)?.[2]?.suppress
  const detail = form.get('ErrorMessage') ?? status
  return [{ recordId, state, at: now, code, detail, ...(suppress ? { suppress } : {}) }]
}
