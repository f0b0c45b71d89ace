import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDateTime, formatDuration, formatTime, formatTimeMs, formatWeekday } from './time.ts'

describe('instants', () => {
  const instant = '2025-11-21T17:03:21.512Z'

  it('are told in the zone of the setting, whatever the browser is in', () => {
    expect(formatTime(instant, 'Asia/Shanghai')).toBe('01:03:21')
    expect(formatDateTime(instant, 'Asia/Shanghai')).toBe('2025-11-22 01:03:21')
    expect(formatTimeMs(instant, 'America/New_York')).toBe('12:03:21.512')
  })

  it('are the same from the memory as for the first time, in each zone of its own, also far ago', () => {
    const zones = fc.constantFrom('UTC', 'Asia/Shanghai', 'Asia/Kathmandu', 'America/New_York')
    const times = fc.date({ min: new Date('1980-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(times, zones), { maxLength: 20 }), (all) => {
        for (const [time, timeZone] of all) {
          const expected = time.toLocaleString('sv-SE', { timeZone })
          expect([formatDateTime(time, timeZone), formatDateTime(time, timeZone)]).toEqual([expected, expected])
        }
      }),
    )
  })

  it('begin the day at 00, not at 24', () => {
    expect(formatTime('2025-11-21T00:00:00Z', 'UTC')).toBe('00:00:00')
  })
})

describe('weekdays', () => {
  it('belong to the day as it is written', () => {
    expect(formatWeekday('2025-11-21', 'en')).toBe('Fri')
    expect(formatWeekday('2025-11-21', 'zh')).toBe('周五')
  })
})

describe('durations', () => {
  it.each([
    [0, '0 ms'],
    [0.44, '0.4 ms'],
    [9.96, '10 ms'],
    [850, '850 ms'],
    [999.6, '1 s'],
    [3249, '3.2 s'],
    [9960, '10 s'],
    [42_400, '42 s'],
    [59_600, '59 s'],
    [125_000, '2 min 5 s'],
    [3_599_999, '59 min 59 s'],
    [3_600_000, '1 h'],
    [11_520_000, '3 h 12 min'],
    [187_200_000, '2 d 4 h'],
    [-3200, '−3.2 s'],
  ])('of %d ms read %s', (ms, text) => {
    expect(formatDuration(ms, 'en')).toBe(text)
  })

  it('are told in Chinese units', () => {
    expect(formatDuration(125_000, 'zh')).toBe('2 分 5 秒')
  })
})
