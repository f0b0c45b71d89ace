/**
 * What WeChat sends: the trial of the address, and events, of which the end of a template message is a receipt.
 *
 * The plain mode's signature covers token, time and nonce, not the body. So one nonce stands for one body here, and what it
 * says is advisory (`secret_url`). The safe mode's covers the body, which it encrypts.
 */
import { createHash } from 'node:crypto'
import type {
  AdapterContext,
  Following,
  RawRequest,
  ReceiptReply,
  RecipientReply,
  ReportedReceipt,
} from '../adapter.ts'
import { sameSecret } from '../http/token.ts'
import { aesKey, decryptCallback, wechatSignature } from './crypto.ts'
import type { WechatSettings } from './settings.ts'
import { flatXml } from './xml.ts'

export interface CallbackReader {
  read(request: RawRequest, cfg: WechatSettings, ctx: AdapterContext): ReceiptReply
  forget(serviceId: number): void
}

const WINDOW_MS = 300_000
const TYPE = 'text/plain; charset=utf-8'
const REJECTED: ReceiptReply = { auth: 'rejected', events: [], reply: { status: 403, type: TYPE, body: '' } }
const TAKEN = { status: 200, type: TYPE, body: 'success' }

export function createCallbackReader(): CallbackReader {
  const nonces = new Map<number, Nonces>()

  return {
    read(request, cfg, ctx) {
      const token = cfg.callback_token === undefined ? undefined : ctx.secret('callback_token')
      const query = new URL(request.url, 'http://callback').searchParams
      const timestamp = query.get('timestamp') ?? ''
      const nonce = query.get('nonce') ?? ''
      if (!token || !/^\d{10}$/.test(timestamp) || Math.abs(ctx.now() - Number(timestamp) * 1000) > WINDOW_MS) {
        return REJECTED
      }
      if (!sameSecret(query.get('signature') ?? undefined, wechatSignature(token, timestamp, nonce))) return REJECTED
      if (request.method === 'GET') return trial(query.get('echostr'))

      const known = nonces.get(ctx.service.id) ?? new Map<string, Seen>()
      nonces.set(ctx.service.id, known)
      if (!isOnlyBody(known, `${timestamp} ${nonce}`, request.body, ctx.now())) return REJECTED

      const xml = Buffer.from(request.body).toString('utf8')
      if (cfg.callback_aes_key === undefined) return taken(xml, 'secret_url')
      const message = decrypted(xml, { token, timestamp, nonce, signature: query.get('msg_signature') }, cfg, ctx)
      return message === null ? REJECTED : taken(message, 'signature')
    },
    forget: (serviceId) => void nonces.delete(serviceId),
  }
}

/** WeChat tries an address by having it say back what it is sent. */
function trial(echo: string | null): ReceiptReply {
  if (echo === null || !/^[A-Za-z0-9]{1,64}$/.test(echo)) return REJECTED
  return { auth: 'signature', events: [], reply: { status: 200, type: TYPE, body: echo } }
}

interface Seen {
  at: number
  hash: string
}
type Nonces = Map<string, Seen>

/** WeChat comes again with what it has sent before; another body under a nonce that was used is not WeChat's. */
function isOnlyBody(known: Nonces, nonce: string, body: Uint8Array, now: number): boolean {
  for (const [key, { at }] of known) {
    if (at >= now - 2 * WINDOW_MS) break
    known.delete(key)
  }
  const hash = createHash('sha256').update(body).digest('base64')
  const seen = known.get(nonce)
  if (!seen) known.set(nonce, { at: now, hash })
  return !seen || seen.hash === hash
}

interface Signed {
  token: string
  timestamp: string
  nonce: string
  signature: string | null
}

function decrypted(xml: string, signed: Signed, cfg: WechatSettings, ctx: AdapterContext): string | null {
  const key = aesKey(ctx.secret('callback_aes_key') ?? '')
  const encrypted = flatXml(xml)?.get('Encrypt')
  if (key === null || encrypted === undefined) return null
  const expected = wechatSignature(signed.token, signed.timestamp, signed.nonce, encrypted)
  if (!sameSecret(signed.signature ?? undefined, expected)) return null
  const plain = decryptCallback(encrypted, key)
  return plain?.appid === cfg.appid ? plain.message : null
}

function taken(xml: string, auth: ReceiptReply['auth']): ReceiptReply {
  const fields = flatXml(xml)
  if (!fields) return REJECTED
  const followings = followingOf(fields)
  const replies = replyOf(fields)
  return {
    ...{ auth, events: receiptOf(fields), reply: TAKEN },
    ...(followings.length > 0 ? { followings } : {}),
    ...(replies.length > 0 ? { replies } : {}),
  }
}

/** When WeChat says that it happened, epoch ms. */
function createdAt(fields: ReadonlyMap<string, string>): number | null {
  const seconds = fields.get('CreateTime') ?? ''
  return /^\d{9,11}$/.test(seconds) ? Number(seconds) * 1000 : null
}

function followingOf(fields: ReadonlyMap<string, string>): Following[] {
  const event = fields.get('Event')
  const from = fields.get('FromUserName') ?? ''
  const at = createdAt(fields)
  if ((event !== 'subscribe' && event !== 'unsubscribe') || from === '' || at === null) return []
  return [{ from, follows: event === 'subscribe', at }]
}

/** What somebody wrote to the account. */
function replyOf(fields: ReadonlyMap<string, string>): RecipientReply[] {
  const from = fields.get('FromUserName') ?? ''
  const text = fields.get('Content')
  const at = createdAt(fields)
  return fields.get('MsgType') === 'text' && text !== undefined && from !== '' && at !== null
    ? [{ from, text, at }]
    : []
}

/** None for the events that say nothing of a message. */
function receiptOf(fields: ReadonlyMap<string, string>): ReportedReceipt[] {
  if (fields.get('Event') !== 'TEMPLATESENDJOBFINISH') return []
  const providerId = fields.get('MsgID') ?? fields.get('MsgId') ?? ''
  const recipient = fields.get('FromUserName') ?? ''
  const at = createdAt(fields)
  const status = fields.get('Status') ?? ''
  if (!/^\d{1,20}$/.test(providerId) || recipient === '' || at === null || status === '') return []
  const common = { providerId, recipient, at }
  return status === 'success'
    ? [{ ...common, state: 'delivered' }]
    : [{ ...common, state: 'failed', code: codeOf(status), detail: `WeChat: ${status.slice(0, 100)}` }]
}

/** `failed:user block` is `user_block`. */
function codeOf(status: string): string {
  return (
    status
      .replace(/^failed\s*:\s*/, '')
      .trim()
      .replace(/\W+/g, '_')
      .slice(0, 40) || 'failed'
  )
}
