import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quiet, step, type AlarmState, type Terms } from './machine.ts'

const SECOND = 1000
const TERMS: Terms = { holdMs: 10 * SECOND, calmMs: 10 * SECOND, shownMs: 60 * SECOND }
const reading = (figure: number | null) => ({ figure, threshold: 95, bad: 'below' as const })

/** One figure per second, from second 0. */
function play(figures: readonly (number | null)[], terms = TERMS): AlarmState[] {
  let current = quiet(0)
  return figures.map((figure, i) => (current = step(current, reading(figure), terms, i * SECOND)))
}
const seconds = (count: number, figure: number | null) => Array.from({ length: count }, () => figure)
const states = (alarms: AlarmState[]) => [...new Set(alarms.map(({ state }) => state))]

describe('an alarm', () => {
  it('is pending at first and fires when the figure stayed beyond the threshold for long enough', () => {
    const alarms = play([...seconds(5, 100), ...seconds(11, 50)])
    expect(alarms.slice(5, 15).every(({ state }) => state === 'pending')).toBe(true)
    expect(alarms[15]).toEqual({ state: 'firing', since: 5 * SECOND, worst: 50, fineSince: null })
  })

  it('says since when it is bad, and how bad it was at worst', () => {
    expect(play([...seconds(5, 60), 20, ...seconds(10, 70)]).at(-1)).toMatchObject({ since: 0, worst: 20 })
  })

  it('comes to nothing when the figure recovers in time', () => {
    expect(states(play([...seconds(9, 50), 100, ...seconds(9, 50)]))).toEqual(['pending', 'ok'])
  })

  it('fires at once where nothing is to be waited for', () => {
    expect(play([50], { ...TERMS, holdMs: 0 })[0]?.state).toBe('firing')
  })

  it('is resolved when it was fine without a break, is shown for a while, and then over', () => {
    const alarms = play([...seconds(11, 50), ...seconds(5, 100), 50, ...seconds(11, 100), ...seconds(61, 100)])
    expect(states(alarms)).toEqual(['pending', 'firing', 'resolved', 'ok'])
    expect(alarms.findIndex(({ state }) => state === 'resolved')).toBe(27)
    expect(alarms.findIndex(({ state }) => state === 'ok')).toBe(87)
  })

  it('never comes from nothing to measure, and is over when there is nothing left to measure', () => {
    expect(states(play(seconds(100, null)))).toEqual(['ok'])
    expect(states(play([...seconds(11, 0), ...seconds(11, null)]))).toEqual(['pending', 'firing', 'resolved'])
  })

  it('is exactly on the threshold still fine', () => {
    expect(states(play(seconds(100, 95)))).toEqual(['ok'])
  })

  it('does not wait for a moment that a clock which stepped back has passed before', () => {
    const pending = step(quiet(1_000_000), reading(50), TERMS, 1_000_000)
    const after = step(pending, reading(50), TERMS, 500_000)
    expect(step(after, reading(50), TERMS, 510_000).state).toBe('firing')
  })

  it('follows its rules whatever is measured', () => {
    const figure = fc.option(fc.integer({ min: 90, max: 99 }), { freq: 5 })
    fc.assert(
      fc.property(fc.array(figure, { minLength: 1, maxLength: 200 }), (figures) => {
        const alarms = play(figures)
        const beyond = (i: number) => figures[i] !== null && (figures[i] ?? 100) < 95
        alarms.forEach((alarm, i) => {
          const before = alarms[i - 1]?.state ?? 'ok'
          if (alarm.state === 'firing' && before !== 'firing') {
            expect(Array.from({ length: 11 }, (_, back) => beyond(i - back)).every(Boolean)).toBe(true)
          }
          if (alarm.state === 'resolved' && before !== 'resolved') {
            expect(before).toBe('firing')
            expect(Array.from({ length: 11 }, (_, back) => beyond(i - back)).some(Boolean)).toBe(false)
          }
          if (beyond(i)) expect(['pending', 'firing']).toContain(alarm.state)
          expect(alarm.since).toBeLessThanOrEqual(i * SECOND)
          expect(alarm.worst === null).toBe(alarm.state === 'ok')
        })
      }),
    )
  })
})
