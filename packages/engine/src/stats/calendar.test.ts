import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addDays, dayOf, isTimeZone, lastDays, offsetAt, rangeOfDay, startOfDay, weekBefore } from './calendar.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Whole, half and quarter hours; summer time of an hour, half an hour and two; changes at midnight and before it. */
const ZONES = [
  'UTC',
  'Asia/Shanghai',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Europe/London',
  'America/New_York',
  'America/St_Johns',
  'America/Sao_Paulo',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
  'Pacific/Apia',
  'Antarctica/Troll',
]
const zone = fc.constantFrom(...ZONES)
const instant = fc.integer({ min: Date.UTC(2012, 1, 1), max: Date.UTC(2037, 11, 31) })

/** The wall clock as Intl writes it, by another way than the code's. */
function wallText(at: number, timeZone: string): string {
  return new Date(at).toLocaleString('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
}

describe('a day', () => {
  it('holds each of its instants and borders on its neighbours, in any zone', () => {
    fc.assert(
      fc.property(instant, zone, (at, timeZone) => {
        const day = dayOf(at, timeZone)
        expect(day).toBe(wallText(at, timeZone).slice(0, 10))
        const { from, to } = rangeOfDay(day, timeZone)
        expect(at).toBeGreaterThanOrEqual(from)
        expect(at).toBeLessThan(to)
        expect(dayOf(from, timeZone)).toBe(day)
        expect(dayOf(to - 1, timeZone)).toBe(day)
        expect(dayOf(from - 1, timeZone) < day).toBe(true)
        expect(rangeOfDay(addDays(day, 1), timeZone).from).toBe(to)
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['Asia/Shanghai', '2026-01-15', '2026-01-14T16:00:00Z', 24],
    ['Asia/Kolkata', '2026-01-15', '2026-01-14T18:30:00Z', 24],
    ['America/New_York', '2026-03-08', '2026-03-08T05:00:00Z', 23],
    ['America/New_York', '2026-11-01', '2026-11-01T04:00:00Z', 25],
    ['Australia/Lord_Howe', '2026-04-05', '2026-04-04T13:00:00Z', 24.5],
    // Midnight does not exist: the day begins at 01:00.
    ['America/Sao_Paulo', '2018-11-04', '2018-11-04T03:00:00Z', 23],
    ['Africa/Cairo', '2026-04-24', '2026-04-23T22:00:00Z', 23],
    // Midnight comes twice: the day begins with the first.
    ['America/Havana', '2026-11-01', '2026-11-01T04:00:00Z', 25],
    // A day that was left out.
    ['Pacific/Apia', '2011-12-30', '2011-12-30T10:00:00Z', 0],
  ])('in %s, %s begins at %s and has %d hours', (timeZone, day, start, hours) => {
    const { from, to } = rangeOfDay(day, timeZone)
    expect(new Date(from).toISOString()).toBe(new Date(start).toISOString())
    expect((to - from) / HOUR).toBe(hours)
  })
})

it('counts days over months and leap years', () => {
  expect(addDays('2026-03-01', -1)).toBe('2026-02-28')
  expect(addDays('2028-02-28', 1)).toBe('2028-02-29')
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
})

it('lists the last days in the zone, today last', () => {
  const newYear = Date.UTC(2026, 11, 31, 17)
  expect(lastDays(newYear, 3, 'Asia/Shanghai')).toEqual(['2026-12-30', '2026-12-31', '2027-01-01'])
  expect(lastDays(newYear, 1, 'UTC')).toEqual(['2026-12-31'])
})

describe('a week before', () => {
  it('shows the same wall clock on the same weekday, unless the clock skipped it', () => {
    fc.assert(
      fc.property(instant, zone, (now, timeZone) => {
        const before = weekBefore(now, timeZone)
        const shift = offsetAt(now, timeZone) - offsetAt(before, timeZone)
        expect(Math.abs(shift)).toBeLessThanOrEqual(2 * HOUR)
        const [day, time] = wallText(now, timeZone).split(' ') as [string, string]
        const skipped = before !== now - 7 * DAY + shift
        if (!skipped) expect(wallText(before, timeZone)).toBe(`${addDays(day, -7)} ${time}`)
        else expect(wallText(before, timeZone) > `${addDays(day, -7)} ${time}`).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('is 167 or 169 hours away over a change of the clock', () => {
    const noonAfter = Date.UTC(2026, 2, 10, 16)
    expect((noonAfter - weekBefore(noonAfter, 'America/New_York')) / HOUR).toBe(167)
    const noonInWinter = Date.UTC(2026, 10, 3, 17)
    expect((noonInWinter - weekBefore(noonInWinter, 'America/New_York')) / HOUR).toBe(169)
  })

  it('keeps milliseconds', () => {
    expect(weekBefore(Date.UTC(2026, 0, 15) + 123, 'UTC')).toBe(Date.UTC(2026, 0, 8) + 123)
  })
})

it('knows a zone from a name that is none', () => {
  expect(ZONES.filter(isTimeZone)).toEqual(ZONES)
  expect(isTimeZone('Mars/Base')).toBe(false)
  expect(startOfDay('2026-01-15', 'UTC')).toBe(Date.UTC(2026, 0, 15))
})
