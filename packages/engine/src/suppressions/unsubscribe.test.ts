import { CHANNELS } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AddSuppression } from './suppressions.ts'
import { createUnsubscribe } from './unsubscribe.ts'

const ADA = { channel: 'email', recipient: 'ada@example.com', recordId: 373506914918400 } as const

function opened(key: Buffer | null = Buffer.alloc(32, 7), publicUrl: string | null = 'https://box.example.com') {
  const added: AddSuppression[] = []
  const suppressions = {
    add: async (suppression: AddSuppression) => {
      added.push(suppression)
      return { ...ADA, id: 1, purpose: 'marketing', reason: 'unsubscribe', detail: null, createdAt: 0 } as const
    },
  }
  const unsubscribe = createUnsubscribe({ key, publicUrl, suppressions })
  const tokenOf = (who: Parameters<typeof unsubscribe.linkFor>[0]) => unsubscribe.linkFor(who)?.split('/').at(-1) ?? ''
  return { ...unsubscribe, added, tokenOf }
}

describe('a link to unsubscribe', () => {
  it('holds whose it is, for any recipient, and shows nothing of it', () => {
    const { read, tokenOf } = opened()
    const who = fc.record({
      channel: fc.constantFrom(...CHANNELS),
      recipient: fc.string({ minLength: 1, maxLength: 1024, unit: 'binary' }).filter((text) => text.isWellFormed()),
      recordId: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    })
    fc.assert(
      fc.property(who, (someone) => {
        expect(read(tokenOf(someone))).toEqual(someone)
      }),
    )
    expect(Buffer.from(tokenOf(ADA), 'base64url').toString('latin1')).not.toContain('ada')
    expect(tokenOf(ADA)).not.toBe(tokenOf(ADA))
  })

  it('is read by nobody else, and not when a single bit of it was changed', () => {
    const { read, tokenOf } = opened()
    const token = tokenOf(ADA)
    expect(opened(Buffer.alloc(32, 8)).read(token)).toBeNull()
    const bytes = Buffer.from(token, 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes)
      changed.writeUInt8((changed[bit >> 3] as number) ^ (1 << (bit & 7)), bit >> 3)
      expect(read(changed.toString('base64url'))).toBeNull()
    }
    // Of its last character some bits mean nothing, for one length of recipient or another.
    for (const recipient of ['a', 'ab', 'abc']) {
      const written = tokenOf({ ...ADA, recipient })
      const others = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'].filter(
        (put) => !written.endsWith(put),
      )
      expect(others.filter((put) => read(written.slice(0, -1) + put))).toEqual([])
    }
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(read(text)).toBeNull()
      }),
    )
  })

  it('stops marketing to them, linked to the message, and only when it is one', async () => {
    const { take, tokenOf, added } = opened()
    expect(await take('something')).toBe(false)
    expect(added).toEqual([])
    expect(await take(tokenOf(ADA))).toBe(true)
    expect(added).toEqual([{ ...ADA, reason: 'unsubscribe', detail: 'by the link in the message' }])
  })

  it('is none without an address or without a key', () => {
    expect(opened(null).linkFor(ADA)).toBeNull()
    expect(opened(undefined, null).linkFor(ADA)).toBeNull()
    expect(opened().linkFor(ADA)).toMatch(/^https:\/\/box\.example\.com\/unsubscribe\/[\w-]{60,}$/)
  })
})
