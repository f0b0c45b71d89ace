import { describe, expect, it } from 'vitest'
import { clockError, elapsedBetween } from './server-clock.ts'

describe('the viewer’s clock', () => {
  it('is wrong from ten seconds on, either way', () => {
    expect(clockError(9_999)).toBeNull()
    expect(clockError(null)).toBeNull()
    expect(clockError(420_000)).toEqual({ ms: 420_000, ahead: true })
    expect(clockError(-60_000)).toEqual({ ms: 60_000, ahead: false })
  })
})

describe('an age', () => {
  const before = { wall: 1_000, monotonic: 500 }

  it('goes on while the machine slept, which only one clock sees', () => {
    expect(elapsedBetween(before, { wall: 61_000, monotonic: 600 })).toBe(60_000)
  })

  it('goes on when somebody sets the clock back, and is never negative', () => {
    expect(elapsedBetween(before, { wall: -3_600_000, monotonic: 4_500 })).toBe(4_000)
    expect(elapsedBetween(before, { wall: 0, monotonic: 500 })).toBe(0)
  })
})
