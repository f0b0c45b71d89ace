import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smsSegments } from './sms-segments.ts'

describe('the parts of a text message', () => {
  it('are 70 characters on the mainland, then 67 each, letters too', () => {
    expect(smsSegments('', 'mainland')).toBe(1)
    expect(smsSegments('验'.repeat(70), 'mainland')).toBe(1)
    expect(smsSegments('验'.repeat(71), 'mainland')).toBe(2)
    expect(smsSegments('a'.repeat(160), 'mainland')).toBe(3)
  })

  it('are 160 and 153 abroad while the text fits GSM-7, whose brackets count twice', () => {
    expect(smsSegments('a'.repeat(160), 'international')).toBe(1)
    expect(smsSegments('a'.repeat(350), 'international')).toBe(3)
    expect(smsSegments('['.repeat(80), 'international')).toBe(1)
    expect(smsSegments('['.repeat(81), 'international')).toBe(2)
  })

  it('are 70 and 67 abroad with any other character', () => {
    expect(smsSegments('验'.repeat(150), 'international')).toBe(3)
  })

  it('never split an emoji: 66 characters and 34 pairs need a third part', () => {
    expect(smsSegments('验'.repeat(66) + '😀'.repeat(34), 'mainland')).toBe(3)
    expect(smsSegments('验'.repeat(67) + '😀'.repeat(33), 'mainland')).toBe(2)
  })

  it('never grow fewer as the text grows', () => {
    const route = fc.constantFrom('mainland' as const, 'international' as const)
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({ unit: 'binary' }),
        route,
        (text, more, to) => {
          expect(smsSegments(text + more, to)).toBeGreaterThanOrEqual(smsSegments(text, to))
        },
      ),
    )
  })
})
