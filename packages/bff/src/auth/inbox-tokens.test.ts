import fc from 'fast-check'
import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createInboxTokens } from './inbox-tokens.ts'

const KEY = Buffer.alloc(32, 1)
const NOW = Date.UTC(2026, 0, 15, 8)
const tokens = createInboxTokens(KEY)
const INVALID = { ok: false, error: 'token_invalid' }

describe('a token of the inbox', () => {
  it('tells its user until it expires', () => {
    const token = tokens.issue('用户_7', NOW + 1_000)
    expect(tokens.check(token, NOW + 999)).toEqual({ ok: true, user: '用户_7', expiresAt: NOW + 1_000 })
    expect(tokens.check(token, NOW + 1_000)).toMatchObject({ ok: false, error: 'token_expired' })
  })

  it('is signed over its version, user and expiry with HMAC-SHA256', () => {
    const [version, payload, signature] = tokens.issue('ann', NOW).split('.')
    expect(version).toBe('v1')
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())).toEqual(['ann', NOW])
    expect(createHmac('sha256', KEY).update(`v1.${payload}`).digest('base64url')).toBe(signature)
  })

  it('of another key, version or user is none', () => {
    const signed = (text: string) => `${text}.${createHmac('sha256', KEY).update(text).digest('base64url')}`
    const payload = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const other = createInboxTokens(Buffer.alloc(32, 2)).issue('ann', NOW + 1_000)
    expect(tokens.check(other, NOW)).toMatchObject(INVALID)
    expect(tokens.check(signed(`v2.${payload(['ann', NOW + 1])}`), NOW)).toMatchObject(INVALID)
    expect(tokens.check(signed(`v1.${payload(['a b', NOW + 1])}`), NOW)).toMatchObject(INVALID)
  })

  it('is refused, and breaks nothing, with any change whatever', () => {
    const token = tokens.issue('ann', NOW + 1_000)
    for (const put of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      expect(tokens.check(token.slice(0, -1) + put, NOW).ok).toBe(token.endsWith(put))
    }
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom(...'Aa0._-é'), (at, put) => {
        const changed = token.slice(0, at) + put + token.slice(at + 1)
        const checked = tokens.check(changed, NOW)
        if (checked.ok) expect(changed).toBe(token)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(tokens.check(text, NOW)).toMatchObject(INVALID)
      }),
    )
  })
})
