import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { median, pairedRatios, present, quantile, rotated, spreadPercent } from './statistics.ts'

describe('median', () => {
  it('is the middle value, whatever the order', () => {
    expect(median([3, 100, 1])).toBe(3)
  })

  it('is the mean of the two middle values of an even number', () => {
    expect(median([10, 1, 3, 2])).toBe(2.5)
  })

  it('is not a number when there is nothing', () => {
    expect(median([])).toBeNaN()
  })

  it('has as many values below it as above', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), (values) => {
        const middle = median(values)
        const below = values.filter((value) => value < middle).length
        const above = values.filter((value) => value > middle).length
        expect(Math.max(below, above)).toBeLessThanOrEqual(values.length / 2)
      }),
    )
  })
})

describe('spreadPercent', () => {
  it('is half the range in percent of the median', () => {
    expect(spreadPercent([90, 100, 120])).toBe(15)
  })

  it('is nothing for a single round', () => {
    expect(spreadPercent([7])).toBe(0)
  })
})

describe('pairedRatios', () => {
  it('divides values of the same round', () => {
    expect(pairedRatios([10, 30], [5, 10])).toEqual([2, 3])
  })

  it('leaves out rounds in which one side is missing or nothing', () => {
    expect(pairedRatios([10, null, 30, 40], [5, 5, null, 0])).toEqual([2])
    expect(pairedRatios([10, 20], [5])).toEqual([2])
  })

  it('sees the same ratio through a machine that is slow for a round', () => {
    const slowness = fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(slowness, (factors) => {
        const ours = factors.map((factor) => 400 * factor)
        const theirs = factors.map((factor) => 100 * factor)
        for (const ratio of pairedRatios(ours, theirs)) expect(ratio).toBeCloseTo(4)
      }),
    )
  })
})

describe('present', () => {
  it('keeps the rounds that have a value, 0 among them', () => {
    expect(present([1, null, 0])).toEqual([1, 0])
  })
})

describe('rotated', () => {
  it('lets every place be taken by everybody once', () => {
    const orders = [0, 1, 2].map((round) => rotated(['a', 'b', 'c'], round))
    expect(orders).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c', 'a'],
      ['c', 'a', 'b'],
    ])
  })

  it('begins again after the last', () => {
    expect(rotated(['a', 'b'], 2)).toEqual(['a', 'b'])
    expect(rotated([], 3)).toEqual([])
  })
})

describe('quantile', () => {
  it('is the value that so many do not exceed', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(quantile(values, 0.99)).toBe(99)
    expect(quantile(values, 1)).toBe(100)
    expect(quantile([5], 0.01)).toBe(5)
  })
})
