import { CHANNELS } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecipientSet } from './recipient-set.ts'

describe('recipients in memory', () => {
  it('are exactly those that were added, each on its channel', () => {
    const one = fc.tuple(fc.constantFrom(...CHANNELS), fc.string({ maxLength: 12 }))
    fc.assert(
      fc.property(fc.array(one, { maxLength: 200 }), fc.array(one, { maxLength: 50 }), (added, others) => {
        const set = createRecipientSet()
        for (const [channel, recipient] of added) set.add(channel, recipient)
        const known = new Set(added.map((each) => JSON.stringify(each)))
        expect(set.size).toBe(known.size)
        for (const [channel, recipient] of [...added, ...others]) {
          expect(set.has(channel, recipient)).toBe(known.has(JSON.stringify([channel, recipient])))
        }
      }),
    )
  })

  it('are told apart by their channel, also where they differ by little in their first character', () => {
    for (let code = 0; code < 0x100; code++) {
      const set = createRecipientSet()
      set.add('sms', String.fromCharCode(code))
      for (let other = 0; other < 0x100; other++) expect(set.has('email', String.fromCharCode(other))).toBe(false)
    }
  })

  it('of a hundred thousand take at most 23 bytes each, and nobody else is taken for one of them', () => {
    const set = createRecipientSet()
    const number = (i: number) => `+86138${String(i).padStart(8, '0')}`
    for (let i = 0; i < 100_000; i++) set.add('sms', number(i))
    expect(set.size).toBe(100_000)
    expect(set.bytes / set.size).toBeLessThanOrEqual(23)
    for (let i = 100_000; i < 200_000; i++) expect(set.has('sms', number(i))).toBe(false)
    expect(set.has('app', number(1))).toBe(false)
    expect(set.has('sms', number(99_999))).toBe(true)
  })
})
