/**
 * The tag by which a mail about a message finds it again: its trace id and a check that nobody can make without the
 * service's secret. It travels in the envelope sender, in the Message-ID and in ENVID, and comes back in at least one of
 * them. Whoever has received the message knows its tag, so a tag proves a bounce of that message alone.
 */
import { createHmac } from 'node:crypto'
import { sameSecret } from '../../http/token.ts'

/** Of a trace id: the record id in Crockford base32. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CHECK_DIGITS = 20
/** Lower or upper case: some servers fold the local part of an address. */
const TAG = new RegExp(`(msg_[${ALPHABET}]{11})\\.([0-9a-f]{${CHECK_DIGITS}})(?![0-9a-z])`, 'gi')
/** A mail may hold any number of false ones; each costs an HMAC. */
const TRIED_AT_MOST = 20

/** `msg_09qk2wm5s00.5f0c…`, 36 characters of a local part. */
export function tagOf(traceId: string, key: string): string {
  const id = traceId.toLowerCase()
  return `${id}.${checkOf(id, key)}`
}

/** The record id of the first tag that this key has made; null when there is none. */
export function taggedRecord(texts: Iterable<string>, key: string): number | null {
  const tried = new Set<string>()
  for (const text of texts) {
    for (const [tag, traceId = '', check] of text.toLowerCase().matchAll(TAG)) {
      if (tried.has(tag)) continue
      if (tried.size === TRIED_AT_MOST) return null
      tried.add(tag)
      if (sameSecret(check, checkOf(traceId, key))) return recordIdOf(traceId)
    }
  }
  return null
}

function checkOf(traceId: string, key: string): string {
  return createHmac('sha256', key).update(`bounce of ${traceId}`).digest('hex').slice(0, CHECK_DIGITS)
}

function recordIdOf(traceId: string): number | null {
  let id = 0
  for (const digit of traceId.slice(4)) id = id * 32 + ALPHABET.indexOf(digit)
  return Number.isSafeInteger(id) && id > 0 ? id : null
}
