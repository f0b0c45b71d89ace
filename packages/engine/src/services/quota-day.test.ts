import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quotaDay } from './quota-day.ts'

const iso = (at: number) => new Date(at).toISOString()
const DAY = 86_400_000

describe('the day of a quota', () => {
  it('begins at its own time in its own zone', () => {
    const before = quotaDay('08:30', 'Asia/Shanghai', Date.parse('2026-03-10T00:29:59Z'))
    expect([iso(before.from), iso(before.to)]).toEqual(['2026-03-09T00:30:00.000Z', '2026-03-10T00:30:00.000Z'])
    const after = quotaDay('08:30', 'Asia/Shanghai', Date.parse('2026-03-10T00:30:00Z'))
    expect([iso(after.from), iso(after.to)]).toEqual(['2026-03-10T00:30:00.000Z', '2026-03-11T00:30:00.000Z'])
  })

  it('is as long as the day is where clocks are put forward', () => {
    const day = quotaDay('00:00', 'Europe/Berlin', Date.parse('2026-03-29T12:00:00Z'))
    expect(day.to - day.from).toBe(23 * 3_600_000)
  })

  it('holds every instant once, in any zone and at any time', () => {
    const minute = fc.record({ h: fc.nat(23), m: fc.nat(59) }).map(({ h, m }) => {
      return `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`
    })
    const zone = fc.constantFrom('UTC', 'Asia/Shanghai', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu')
    fc.assert(
      fc.property(minute, zone, fc.integer({ min: 0, max: 400 * DAY }), (reset, timeZone, offset) => {
        const now = Date.UTC(2026, 0, 1) + offset
        const day = quotaDay(reset, timeZone, now)
        expect(day.from <= now && now < day.to).toBe(true)
        expect(quotaDay(reset, timeZone, day.from)).toEqual(day)
        expect(quotaDay(reset, timeZone, day.to).from).toBe(day.to)
      }),
      { numRuns: 500 },
    )
  })
})
