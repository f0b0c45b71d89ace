import { instantSchema } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createInstant } from './instant.ts'

const ZONES = ['UTC', 'Asia/Shanghai', 'America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Chatham']

describe('an instant', () => {
  it('carries the offset of the zone at that time', () => {
    const at = createInstant(() => 'America/New_York')
    expect(at(Date.UTC(2026, 0, 15, 12))).toBe('2026-01-15T07:00:00.000-05:00')
    expect(at(Date.UTC(2026, 6, 15, 12))).toBe('2026-07-15T08:00:00.000-04:00')
    expect(createInstant(() => 'UTC')(0)).toBe('1970-01-01T00:00:00.000+00:00')
  })

  it('follows the setting while it runs', () => {
    let zone = 'UTC'
    const at = createInstant(() => zone)
    expect(at(0)).toBe('1970-01-01T00:00:00.000+00:00')
    zone = 'Asia/Shanghai'
    expect(at(0)).toBe('1970-01-01T08:00:00.000+08:00')
  })

  it('is the same moment in every zone, in the form of the contract', () => {
    const times = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) })
    fc.assert(
      fc.property(fc.constantFrom(...ZONES), times, (zone, ms) => {
        const text = createInstant(() => zone)(ms)
        expect(Date.parse(text)).toBe(ms)
        expect(instantSchema.safeParse(text).success).toBe(true)
      }),
    )
  })
})
