import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandOf, slotsOf, spansOf, startOf, weeksBefore } from './slots.ts'

const at = (text: string) => Date.parse(text)
const HOUR = 3_600_000
const SHANGHAI = 'Asia/Shanghai'

describe('the slots of a range', () => {
  it('are the hours of today from midnight on, up to now and up to its end', () => {
    const slots = slotsOf('today', at('2026-03-05T15:20:30+08:00'), SHANGHAI)
    expect(slots).toEqual({ first: at('2026-03-05T00:00:00+08:00'), slotMs: HOUR, past: 16, all: 24 })
  })

  it('are 23 on the day on which an hour is skipped', () => {
    expect(slotsOf('today', at('2026-03-29T12:00:00+02:00'), 'Europe/Berlin')).toMatchObject({
      past: 12 - 1 + 1,
      all: 23,
    })
  })

  it('are whole hours for the last 24, and four at a time for seven days with today', () => {
    const now = at('2026-03-05T15:20:30+08:00')
    expect(slotsOf('24h', now, SHANGHAI)).toMatchObject({ first: at('2026-03-04T15:00:00+08:00'), past: 25 })
    expect(slotsOf('7d', now, SHANGHAI)).toMatchObject({ first: at('2026-02-27T00:00:00+08:00'), slotMs: 4 * HOUR })
    expect(startOf('24h', now, SHANGHAI)).toBe(at('2026-03-04T15:21:00+08:00'))
  })

  it('hold now in the last one, whatever the range, time and zone', () => {
    const zones = fc.constantFrom('UTC', SHANGHAI, 'Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe')
    const ranges = fc.constantFrom('today' as const, '24h' as const, '7d' as const)
    fc.assert(
      fc.property(ranges, zones, fc.integer({ min: at('2025-01-01'), max: at('2027-01-01') }), (range, zone, now) => {
        const slots = slotsOf(range, now, zone)
        const last = spansOf(slots, slots.past).at(-1)
        expect(last?.from).toBeLessThanOrEqual(now)
        expect(last?.to).toBeGreaterThan(now)
        expect(slots.all).toBeGreaterThanOrEqual(slots.past)
        expect(slots.first).toBeLessThanOrEqual(startOf(range, now, zone))
      }),
    )
  })
})

describe('the same time some weeks before', () => {
  it('is the same by the clock on the wall, over a change of the clock', () => {
    const span = { from: at('2026-04-01T09:00:00+02:00'), to: at('2026-04-01T10:00:00+02:00') }
    expect(weeksBefore(span, 1, 'Europe/Berlin').from).toBe(at('2026-03-25T09:00:00+01:00'))
    expect(weeksBefore(span, 2, 'Europe/Berlin').from).toBe(at('2026-03-18T09:00:00+01:00'))
  })
})

describe('what is usual', () => {
  it('lies between the lowest and the highest, around the median', () => {
    expect(bandOf([30, 10, 20])).toEqual({ low: 10, median: 20, high: 30 })
    expect(bandOf([1, 2, 3, 10])).toEqual({ low: 1, median: 3, high: 10 })
    expect(bandOf([7])).toEqual({ low: 7, median: 7, high: 7 })
  })

  it('is nothing, not 0, where there is no past', () => {
    expect(bandOf([])).toBeNull()
  })
})
