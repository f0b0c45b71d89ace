import { describe, expect, it } from 'vitest'
import { measureSms } from './sms-segments.ts'

const segments = (characters: number) => measureSms('字'.repeat(characters)).segments

describe('measureSms', () => {
  it('needs no segment for an empty text', () => {
    expect(measureSms('')).toEqual({ characters: 0, segments: 0 })
  })

  it('fits 70 characters into one segment and splits longer texts by 67', () => {
    expect([1, 70, 71, 134, 135, 160].map(segments)).toEqual([1, 1, 2, 2, 3, 3])
  })

  it('counts letters like hanzi and an emoji twice', () => {
    expect(measureSms('a'.repeat(71)).segments).toBe(2)
    expect(measureSms('🚄').characters).toBe(2)
  })

  it('never splits an emoji over two segments', () => {
    expect(measureSms('🚄'.repeat(67))).toEqual({ characters: 134, segments: 3 })
  })
})
