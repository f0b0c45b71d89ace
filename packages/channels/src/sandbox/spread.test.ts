import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from './random.ts'
import { draw, spreadSchema, type Spread } from './spread.ts'

function drawn(spread: Spread, count = 4000): number[] {
  const random = seededRandom(1)
  return Array.from({ length: count }, () => draw(spread, random)).sort((a, b) => a - b)
}

describe('a spread of times', () => {
  it('has the median and the 95th percentile that were asked for, and a tail that ends', () => {
    const times = drawn({ median: 850, p95: 2000 })
    expect(times[2000]! / 850).toBeCloseTo(1, 1)
    expect(times[3800]! / 2000).toBeCloseTo(1, 1)
    expect(times.at(-1)).toBeLessThanOrEqual(6000)
  })

  it('is constant when median and p95 are equal', () => {
    expect(new Set(drawn({ median: 5, p95: 5 }, 100))).toEqual(new Set([5]))
  })

  it('stays within its bounds', () => {
    const bounds = fc.tuple(fc.nat(1000), fc.nat(1000)).map(([min, more]) => ({ min, max: min + more }))
    fc.assert(
      fc.property(bounds, fc.nat(), (spread, seed) => {
        const time = draw(spread, seededRandom(seed))
        expect(time).toBeGreaterThanOrEqual(spread.min)
        expect(time).toBeLessThanOrEqual(spread.max)
      }),
    )
  })

  it('is one of two kinds, not a mixture', () => {
    expect(spreadSchema.safeParse({ min: 1, p95: 2 }).success).toBe(false)
    expect(spreadSchema.safeParse({ median: 2, p95: 1 }).success).toBe(false)
  })
})
