/**
 * What a recipient is on each channel, and the one spelling under which limits, suppressions and searches know it.
 * Adapters check with these rules and add only what their own provider demands beyond them.
 */
import { domainToASCII } from 'node:url'
import { INBOX_USER, INBOX_USER_EXPECTED, type Channel } from '@signalbox/contracts'
import { parsePhoneNumberFromString } from 'libphonenumber-js/min'

export type RecipientCheck = { ok: true; canonical: string } | { ok: false; reason: string }

/** `canonical` is a fixed point: checking it again gives itself. */
export function checkRecipient(channel: Channel, raw: unknown): RecipientCheck {
  if (typeof raw !== 'string') return { ok: false, reason: `expected ${EXPECTED[channel]}, got ${typeof raw}` }
  const canonical = CANONICAL[channel](raw)
  return canonical === null
    ? { ok: false, reason: `expected ${EXPECTED[channel]}, got ${shown(raw)}` }
    : { ok: true, canonical }
}

const EXPECTED: Record<Channel, string> = {
  sms: 'a mobile number, +8613800138000 or 13800138000, abroad with + and country code',
  email: 'one e-mail address without a display name, name@example.com',
  app: INBOX_USER_EXPECTED,
  wechat: 'an openid of 20-64 letters, digits, _ and -',
  feishu: 'an open id (ou_…), a union id (on_…), a chat id (oc_…) or the id of a bot hook (a UUID)',
}

const CANONICAL: Record<Channel, (raw: string) => string | null> = {
  sms: mobileNumber,
  email: mailAddress,
  app: (raw) => matching(raw, INBOX_USER),
  wechat: (raw) => matching(raw, /^[A-Za-z0-9_-]{20,64}$/),
  feishu: (raw) => matching(raw, FEISHU_ID) ?? matching(raw.toLowerCase(), FEISHU_HOOK),
}

const FEISHU_ID = /^(?:ou|on|oc)_[A-Za-z0-9]{8,64}$/
const FEISHU_HOOK = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function matching(raw: string, pattern: RegExp): string | null {
  return pattern.test(raw) ? raw : null
}

/** E.164. Without a country code a number is taken as mainland; there only mobile numbers receive text messages. */
function mobileNumber(raw: string): string | null {
  if (!/^\+?[\d ().-]{5,30}$/.test(raw)) return null
  const number = parsePhoneNumberFromString(raw, { defaultCountry: 'CN', extract: false })
  if (!number?.isValid()) return null
  if (number.countryCallingCode === '86' && !/^1[3-9]\d{9}$/.test(number.nationalNumber)) return null
  return number.number
}

const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const HOST_NAME =
  /^(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/

/**
 * The part before the @ keeps its case (RFC 5321 2.4) and must be ASCII: SMTPUTF8 is not offered by every server on the
 * way. The domain goes lower-case and to its ASCII form.
 */
function mailAddress(raw: string): string | null {
  const at = raw.lastIndexOf('@')
  const local = raw.slice(0, at)
  if (at < 1 || at > 64 || !DOT_ATOM.test(local)) return null
  const domain = asciiDomain(raw.slice(at + 1))
  const address = `${local}@${domain}`
  return domain !== null && address.length <= 254 ? address : null
}

/** A host name with at least two labels in lower-case ASCII, or null. */
export function asciiDomain(raw: string): string | null {
  // domainToASCII reads a host as a URL would and stops at / : ? and the like; those never get that far.
  if (!/^(?:[A-Za-z0-9.-]|\P{ASCII})+$/u.test(raw)) return null
  const ascii = domainToASCII(raw)
  return HOST_NAME.test(ascii) ? ascii : null
}

/** Short and on one line; a recipient is somebody's address, an error need not repeat all of it. */
function shown(raw: string): string {
  return JSON.stringify(raw.length > 60 ? `${raw.slice(0, 57)}...` : raw)
}
