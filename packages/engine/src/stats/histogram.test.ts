import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from './histogram.ts'

/** From 1 ms to 10 minutes, as many short times as long ones. */
const responseMs = fc.double({ min: 0, max: 1, noNaN: true }).map((share) => 600_000 ** share)
const someMs = fc.array(responseMs, { minLength: 1, maxLength: 200 })

function histogramOf(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe('a histogram', () => {
  it('gives every quantile within 5 % of the true value', () => {
    fc.assert(
      fc.property(someMs, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const sorted = values.toSorted((a, b) => a - b)
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1] ?? Number.NaN
        const given = histogramOf(values).quantile(q) ?? Number.NaN
        expect(Math.abs(given - exact) / exact).toBeLessThanOrEqual(0.05)
      }),
    )
  })

  it('is as close for the shortest times', () => {
    for (let ms = 1; ms < 3; ms += 0.01) {
      expect(Math.abs((histogramOf([ms]).quantile(1) ?? 0) / ms - 1)).toBeLessThanOrEqual(0.05)
    }
  })

  it('has no quantile while it is empty', () => {
    expect(new Histogram().quantile(0.5)).toBeNull()
  })

  it('keeps times outside its range in its first and last bucket', () => {
    expect(histogramOf([0, 0.2, -5, Number.NaN]).quantile(1)).toBe(0.5)
    expect(histogramOf([Infinity, 1e12]).quantile(0)).toBeGreaterThanOrEqual(600_000)
  })

  it('merges into what recording everything in one gives', () => {
    fc.assert(
      fc.property(someMs, someMs, (some, others) => {
        const merged = histogramOf(some)
        merged.merge(histogramOf(others))
        expect(merged.encode()).toBe(histogramOf([...others, ...some]).encode())
        expect(merged.count).toBe(some.length + others.length)
      }),
    )
  })

  it('counts a time as often as told', () => {
    const histogram = new Histogram()
    histogram.record(100, 3)
    expect(histogram.encode()).toBe(histogramOf([100, 100, 100]).encode())
  })

  it('comes back from its text as it was', () => {
    fc.assert(
      fc.property(fc.array(responseMs), (values) => {
        const histogram = histogramOf(values)
        const read = Histogram.decode(histogram.encode())
        expect(read.encode()).toBe(histogram.encode())
        expect(read.count).toBe(histogram.count)
      }),
    )
  })

  it('takes at most a dozen bytes per bucket, whatever the number of times', () => {
    const histogram = new Histogram()
    for (let ms = 80; ms < 120; ms++) histogram.record(ms, 1_000_000)
    expect(histogram.encode().length).toBeLessThan(60)
  })

  it.each(['x', '1:', ':1', '1:0', 'zzz:1', '1:1,', '1:1;2:1', '1:1:1', '-1:1', '1:1.5', '1:1 '])(
    'refuses %j',
    (text) => {
      expect(() => Histogram.decode(text)).toThrow(RangeError)
    },
  )
})
