import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { localTime, messagesPerSecond } from './day.ts'

const SHANGHAI = 'Asia/Shanghai'
const monday = (time: string) => Date.parse(`2026-03-02T${time}+08:00`)

describe('local time', () => {
  it('is that of the zone, not of the machine', () => {
    expect(localTime(monday('00:30:00'), SHANGHAI)).toEqual({ date: '2026-03-02', weekday: 1, hour: 0.5 })
    expect(localTime(monday('00:30:00'), 'America/New_York')).toEqual({ date: '2026-03-01', weekday: 0, hour: 11.5 })
  })
})

describe('the day’s curve', () => {
  it('is busiest in the evening and quietest before dawn', () => {
    const at = (time: string) => messagesPerSecond(monday(time), SHANGHAI)
    expect(at('20:00:00')).toBe(12)
    expect(at('03:30:00')).toBeCloseTo(3.45)
    expect(at('10:00:00')).toBeGreaterThan(at('13:00:00'))
  })

  it('is lower on Sundays', () => {
    const noon = monday('12:00:00')
    expect(messagesPerSecond(noon - 24 * 3_600_000, SHANGHAI)).toBeLessThan(messagesPerSecond(noon, SHANGHAI))
  })

  it('stays between 3 and 13 messages a second and never jumps', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2025-01-01'), max: new Date('2027-01-01'), noInvalidDate: true }),
        (date) => {
          const at = date.getTime()
          const rate = messagesPerSecond(at, SHANGHAI)
          expect(rate).toBeGreaterThanOrEqual(3)
          expect(rate).toBeLessThanOrEqual(13)
          expect(Math.abs(messagesPerSecond(at + 60_000, SHANGHAI) - rate)).toBeLessThan(2)
        },
      ),
    )
  })
})
