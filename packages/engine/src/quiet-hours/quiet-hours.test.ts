import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isTimeZone, offsetAt } from '../stats/calendar.ts'
import { PHONE_ZONES, zoneOfPhone } from './phone-zones.ts'
import { quietUntil } from './quiet-hours.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const NIGHT = { from: '22:00', to: '08:00' }
const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString())
const until = (at: string, zone: string, hours = NIGHT) => iso(quietUntil(Date.parse(at), hours, zone))

describe('quiet hours', () => {
  it('last from the one time to before the other, on the clock of the zone', () => {
    const morning = '2026-03-02T00:00:00.000Z'
    expect(until('2026-03-01T13:59:59Z', 'Asia/Shanghai')).toBeNull()
    expect(until('2026-03-01T14:00:00Z', 'Asia/Shanghai')).toBe(morning)
    expect(until('2026-03-01T16:30:00Z', 'Asia/Shanghai')).toBe(morning)
    expect(until('2026-03-01T23:59:59Z', 'Asia/Shanghai')).toBe(morning)
    expect(until(morning, 'Asia/Shanghai')).toBeNull()
    expect(until('2026-03-01T16:30:00Z', 'Asia/Kolkata')).toBe('2026-03-02T02:30:00.000Z')
  })

  it('may lie within a day, and are none when both times are the same', () => {
    const noon = { from: '12:00', to: '14:30' }
    expect(until('2026-03-01T03:59:00Z', 'Asia/Shanghai', noon)).toBeNull()
    expect(until('2026-03-01T05:00:00Z', 'Asia/Shanghai', noon)).toBe('2026-03-01T06:30:00.000Z')
    expect(until('2026-03-01T05:00:00Z', 'Asia/Shanghai', { from: '13:00', to: '13:00' })).toBeNull()
  })

  it('end by the clock that is on the wall then, also when it is changed in that night', () => {
    // New York: forward at 02:00 on 8 March, back at 02:00 on 1 November.
    expect(until('2026-03-08T04:00:00Z', 'America/New_York')).toBe('2026-03-08T12:00:00.000Z')
    expect(until('2026-03-07T04:00:00Z', 'America/New_York')).toBe('2026-03-07T13:00:00.000Z')
    expect(until('2026-11-01T03:00:00Z', 'America/New_York')).toBe('2026-11-01T13:00:00.000Z')
    // 02:30 does not exist on 8 March: the first time that does.
    const early = { from: '22:00', to: '02:30' }
    expect(until('2026-03-08T06:00:00Z', 'America/New_York', early)).toBe('2026-03-08T07:00:00.000Z')
  })

  it('hold from any instant to their end, and not at it, in the days around any change of clocks', () => {
    const zones = ['America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Africa/Casablanca', 'America/St_Johns']
    const changes = zones.flatMap((zone) => {
      const found: { zone: string; at: number }[] = []
      for (let at = Date.UTC(2026, 0, 1); at < Date.UTC(2027, 0, 1); at += HOUR) {
        if (offsetAt(at, zone) !== offsetAt(at + HOUR, zone)) found.push({ zone, at })
      }
      return found
    })
    expect(changes.length).toBeGreaterThanOrEqual(10)
    const time = fc
      .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
      .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
    const minutes = fc.integer({ min: -30 * 60, max: 30 * 60 })
    fc.assert(
      fc.property(fc.constantFrom(...changes), minutes, time, time, ({ zone, at: change }, distance, from, to) => {
        const at = change + distance * MINUTE
        const end = quietUntil(at, { from, to }, zone)
        if (end === null) return
        expect(end).toBeGreaterThan(at)
        // The only minutes that are not quiet may be those that the change leaves out.
        expect(end - at).toBeLessThanOrEqual(49 * HOUR)
        expect(quietUntil(end, { from, to }, zone)).toBeNull()
        expect(quietUntil(end - MINUTE, { from, to }, zone)).toBe(end)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('the zone of a phone', () => {
  it('is that of its country where that has one', () => {
    expect(zoneOfPhone('+8613800138000')).toBe('Asia/Shanghai')
    expect(zoneOfPhone('+85251234567')).toBe('Asia/Hong_Kong')
    expect(zoneOfPhone('+819012345678')).toBe('Asia/Tokyo')
    for (const several of ['+14155552671', '+79161234567', '+61412345678', '+5511961234567', '13800138000', '']) {
      expect(zoneOfPhone(several)).toBeNull()
    }
  })

  it('is one that exists, and no country code begins another', () => {
    const codes = Object.keys(PHONE_ZONES)
    for (const zone of Object.values(PHONE_ZONES)) expect(isTimeZone(zone)).toBe(true)
    for (const code of codes) {
      expect(codes.filter((other) => other !== code && other.startsWith(code))).toEqual([])
    }
  })
})
