import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createUsual, percentileOf, rankOf } from './usual.ts'

const NOTHING = { queue: [], process: [], send: [], callback: [] }

describe('what is usual', () => {
  it('is measured over the last hour of the channel, sorted, and again only after half a minute', async () => {
    const clock = new ManualClock()
    const asked: unknown[] = []
    const usual = createUsual(
      {
        durations: async (...range) => {
          asked.push(range)
          return { ...NOTHING, send: [30, 10, 20] }
        },
      },
      clock,
    )
    const first = await usual('sms')
    expect(first).toEqual({ since: clock.now() - 3_600_000, stages: { ...NOTHING, send: [10, 20, 30] } })
    expect(await usual('sms')).toBe(first)
    await usual('email')
    clock.advance(30_000)
    await usual('sms')
    expect(asked.map((range) => (range as unknown[])[0])).toEqual(['sms', 'email', 'sms'])
  })

  it('that could not be measured is asked for again', async () => {
    let calls = 0
    const usual = createUsual(
      {
        durations: async () => {
          if (++calls === 1) throw new Error('closed')
          return NOTHING
        },
      },
      new ManualClock(),
    )
    await expect(usual('sms')).rejects.toThrow('closed')
    expect((await usual('sms')).stages).toEqual(NOTHING)
  })

  it('has percentiles and ranks as counting them one by one gives', () => {
    const durations = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(
        durations,
        fc.integer({ min: 0, max: 51 }),
        fc.integer({ min: 1, max: 100 }),
        (given, ms, percent) => {
          const sorted = given.toSorted((a, b) => a - b)
          expect(rankOf(sorted, ms)).toBeCloseTo((sorted.filter((each) => each < ms).length / sorted.length) * 100)
          const value = percentileOf(sorted, percent) as number
          expect(sorted.filter((each) => each <= value).length / sorted.length).toBeGreaterThanOrEqual(
            percent / 100 - 1e-9,
          )
          expect(sorted.filter((each) => each < value).length / sorted.length).toBeLessThan(percent / 100)
        },
      ),
    )
    expect([percentileOf([], 50), rankOf([], 50)]).toEqual([null, null])
  })
})
