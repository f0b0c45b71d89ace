import fc from 'fast-check'
import { expect, test } from 'vitest'
import { baseUrlSchema } from './base-url.ts'
import { byStatus, garbled } from './by-status.ts'
import type { ProviderReply } from './call.ts'
import { isPublicAddress } from './public-only.ts'
import { redact } from './redact.ts'
import { parseReplyJson } from './reply-json.ts'

const schema = baseUrlSchema('https://sms.example.com')

test('calls https anywhere and http on this machine alone', () => {
  expect(schema.parse(undefined)).toBe('https://sms.example.com')
  expect(schema.parse('https://gate.example.com/sms/')).toBe('https://gate.example.com/sms')
  expect(schema.parse('http://127.0.0.1:9000')).toBe('http://127.0.0.1:9000')
  expect(schema.parse('http://[::1]:9000')).toBe('http://[::1]:9000')
})

test.each([
  'http://sms.example.com',
  'http://127.0.0.1.example.com',
  'ftp://127.0.0.1',
  'https://me:key@sms.example.com',
  'https://sms.example.com/?a=1',
  'sms.example.com',
  '',
])('refuses to call %j', (wrong) => {
  expect(schema.safeParse(wrong).success).toBe(false)
})

test.each(['8.8.8.8', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each([
  ...['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '::1', '::', 'fe80::1', 'fd12::1', '::ffff:10.0.0.1', '::ffff:127.0.0.1', 'no address'],
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('keeps whole numbers beyond 2^53 to the digit', () => {
  fc.assert(
    fc.property(fc.bigInt(), (id) => {
      const read = parseReplyJson(`{"a":[{"id":${id}}]}`)
      const safe = id >= Number.MIN_SAFE_INTEGER && id <= Number.MAX_SAFE_INTEGER
      expect(read).toEqual({ a: [{ id: safe ? Number(id) : String(id) }] })
    }),
  )
})

test('reads JSON as JSON.parse does where no digit is at stake, and anything else as nothing', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 3 }), (value) => {
      const text = JSON.stringify(value)
      fc.pre(!/\d{16}/.test(text))
      expect(parseReplyJson(text)).toEqual(JSON.parse(text))
    }),
  )
  for (const text of ['', '<html>', '{"a":', 'undefined']) expect(parseReplyJson(text)).toBeUndefined()
})

test('shows one line without a secret in any spelling', () => {
  const secrets = fc.stringMatching(/^[a-z0-9/+=]{8,40}$/)
  fc.assert(
    fc.property(fc.string(), secrets, fc.string({ maxLength: 20 }), (before, secret, between) => {
      const base64 = Buffer.from(secret).toString('base64')
      const shown = redact([before, secret, encodeURIComponent(secret), base64].join(between), [secret])
      for (const spelling of [secret, encodeURIComponent(secret), base64]) expect(shown).not.toContain(spelling)
      expect(shown.length).toBeLessThanOrEqual(300)
      expect(shown).not.toMatch(/[\r\n]/)
    }),
  )
  expect(redact('a\r\nb k/e=y k%2Fe%3Dy', ['k/e=y'])).toBe('a b *** ***')
})

function reply(status: number, retryAfterMs?: number): ProviderReply {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { status, headers: {}, text: 'sorry', json: undefined, say: (words) => words, ...wait }
}

test('takes for certain only what says that the request was turned away', () => {
  expect(byStatus(reply(429, 3000))).toMatchObject({ status: 'failed', category: 'rate_limited', retryAfterMs: 3000 })
  expect(byStatus(reply(429))).toMatchObject({ status: 'failed', category: 'rate_limited', scope: 'account' })
  expect(byStatus(reply(503, 3000))).toMatchObject({ status: 'failed', category: 'provider_down', retryAfterMs: 3000 })
  expect(byStatus(reply(401))).toMatchObject({ status: 'failed', category: 'auth' })
  expect(byStatus(reply(302))).toMatchObject({ status: 'failed', category: 'config' })
  expect(byStatus(reply(404))).toMatchObject({ status: 'failed', category: 'config' })
  for (const status of [500, 502, 503, 504, 599]) expect(byStatus(reply(status))).toMatchObject({ status: 'unknown' })
  expect(garbled(reply(200))).toMatchObject({ status: 'unknown', code: 'garbled' })
})
