import { describe, expect, it } from 'vitest'
import { mostWithin, slopeOf } from './slope.ts'

describe('a slope', () => {
  it('is the change per unit, through noise that evens out', () => {
    expect(slopeOf([1, 2, 3, 4].map((x) => ({ x, y: 10 + 2 * x })))).toBeCloseTo(2)
    expect(slopeOf([0, 1, 2, 3].map((x) => ({ x, y: x % 3 === 0 ? 6 : 4 })))).toBeCloseTo(0)
    expect(slopeOf([{ x: 1, y: 1 }])).toBeNaN()
  })
})

describe('the busiest second', () => {
  it('is found wherever it begins', () => {
    expect(mostWithin([0, 900, 1000, 1100, 1800, 5000], 1000)).toBe(4)
    expect(mostWithin([0, 1000, 2000], 1000)).toBe(1)
    expect(mostWithin([], 1000)).toBe(0)
  })
})
