import { describe, expect, it } from 'vitest'
import { sparklinePath } from './sparkline.ts'

const box = { width: 100, height: 50, inset: 5 }

describe('a sparkline', () => {
  it('spans the box from 0 to the highest value', () => {
    expect(sparklinePath([0, 10, 5], box)).toBe('M0 45L50 5L100 25')
  })

  it('leaves a gap where nothing was measured, and a dot for a lone value', () => {
    expect(sparklinePath([1, 1, null, 1, null], box)).toBe('M0 5L25 5M75 5h0')
  })

  it('stretches no small wobble over the whole height', () => {
    expect(sparklinePath([98, 99], box, [90, 100])).toBe('M0 13L100 9')
  })

  it('lies on the floor for nothing but zeros, and is not there without values', () => {
    expect(sparklinePath([0, 0], box)).toBe('M0 45L100 45')
    expect(sparklinePath([null, null], box)).toBe('')
    expect(sparklinePath([], box)).toBe('')
  })
})
