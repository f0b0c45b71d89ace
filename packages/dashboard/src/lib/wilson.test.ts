import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSmallSample, wilsonInterval } from './wilson.ts'

const rounded = (successes: number, sample: number) => {
  const interval = wilsonInterval(successes, sample)
  return interval && [Math.round(interval.low * 10) / 10, Math.round(interval.high * 10) / 10]
}

describe('the interval of a rate', () => {
  it('is wide for 3 of 3 and narrow for 3,000 of 3,000', () => {
    expect(rounded(3, 3)).toEqual([43.8, 100])
    expect(rounded(3000, 3000)).toEqual([99.9, 100])
  })

  it('is known at 8 of 10, and of nothing there is none', () => {
    expect(rounded(8, 10)).toEqual([49, 94.3])
    expect(wilsonInterval(0, 0)).toBeNull()
  })

  it('holds the measured rate and stays within 0 and 100', () => {
    const samples = fc
      .integer({ min: 1, max: 1_000_000 })
      .chain((sample) => fc.integer({ min: 0, max: sample }).map((successes) => ({ successes, sample })))
    fc.assert(
      fc.property(samples, ({ successes, sample }) => {
        const { low, high } = wilsonInterval(successes, sample) ?? { low: NaN, high: NaN }
        const rate = (successes / sample) * 100
        expect(low).toBeGreaterThanOrEqual(0)
        expect(high).toBeLessThanOrEqual(100)
        expect(low).toBeLessThanOrEqual(rate + 1e-9)
        expect(high).toBeGreaterThanOrEqual(rate - 1e-9)
      }),
    )
  })

  it('knows which samples are small', () => {
    expect([0, 1, 29, 30].map(isSmallSample)).toEqual([false, true, true, false])
  })
})
