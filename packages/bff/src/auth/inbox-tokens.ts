/**
 * What a device shows to be let in: `v1.<user and expiry, base64url JSON>.<HMAC-SHA256 of both, base64url>`. Nothing is stored;
 * a token is good until it expires, or until the key is another.
 */
import { INBOX_USER, type InboxRefusal } from '@signalbox/contracts'
import { createHmac, timingSafeEqual } from 'node:crypto'

export type InboxTokenCheck =
  | { ok: true; user: string; expiresAt: number }
  | { ok: false; error: Extract<InboxRefusal['error'], 'token_invalid' | 'token_expired'>; message: string }

export interface InboxTokens {
  /** @param expiresAt epoch ms */
  issue(user: string, expiresAt: number): string
  check(token: string, now: number): InboxTokenCheck
}

const VERSION = 'v1'
const INVALID: InboxTokenCheck = {
  ok: false,
  error: 'token_invalid',
  message: 'expected a token of POST /api/inbox/tokens, got one that this server has not signed',
}

export function createInboxTokens(key: Uint8Array): InboxTokens {
  const sign = (signed: string): Buffer => createHmac('sha256', key).update(signed).digest()
  return {
    issue(user, expiresAt) {
      const signed = `${VERSION}.${Buffer.from(JSON.stringify([user, expiresAt])).toString('base64url')}`
      return `${signed}.${sign(signed).toString('base64url')}`
    },
    check(token, now) {
      const end = token.lastIndexOf('.')
      const signed = token.slice(0, Math.max(0, end))
      // As text: of the last character of base64url some bits mean nothing.
      const given = Buffer.from(token.slice(end + 1))
      const expected = Buffer.from(sign(signed).toString('base64url'))
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return INVALID
      const [version, payload = ''] = signed.split('.')
      if (version !== VERSION) return INVALID
      const [user, expiresAt] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [string, number]
      if (!INBOX_USER.test(user)) return INVALID
      if (expiresAt > now) return { ok: true, user, expiresAt }
      const message = `expected a token that is still good, got one that expired ${now - expiresAt} ms ago`
      return { ok: false, error: 'token_expired', message }
    },
  }
}
