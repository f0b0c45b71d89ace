import type { RewindIndex } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alertStretches, momentAt, momentsOf, positionOf, recordedSince, timeAtPosition } from './rewind.ts'

const NOW = Date.parse('2025-11-21T10:00:00.000+08:00')
const HOUR = 3_600_000

function index(at_s: number[], alert: RewindIndex['frames']['alert'] = at_s.map(() => 'ok')): RewindIndex {
  const zeros = at_s.map(() => 0)
  return {
    ...{ from: '2025-11-21T09:00:00.000+08:00', to: '2025-11-21T10:00:00.000+08:00', bytes: 0, max_bytes: 0 },
    frames: { at_s, recorded: at_s.map(() => 1 as const), ended: zeros, failed: zeros, alert },
  }
}

describe('the moments that can be shown', () => {
  it('are told as times', () => {
    expect(momentsOf(index([0, 10, 3600])).map((time) => NOW - time)).toEqual([HOUR, HOUR - 10_000, 0])
  })

  it('are the last at or before the one that is wanted, else the first', () => {
    const moments = [100, 200, 300]
    expect([50, 100, 199, 200, 9_999].map((wanted) => momentAt(moments, wanted))).toEqual([100, 100, 100, 200, 300])
    expect(momentAt([], 100)).toBeNull()
  })
})

describe('the memory of the server', () => {
  const since = (recorded: (0 | 1)[]) =>
    recordedSince({ ...index([0, 1200, 2400, 3600]), frames: { ...index([0, 1200, 2400, 3600]).frames, recorded } })

  it('begins with the first moment that was recorded, and where none was it is now', () => {
    expect(since([0, 0, 1, 1])).toBe(NOW - 1_200_000)
    expect(since([0, 0, 0, 0])).toBe(NOW)
  })

  it('has no beginning where it covers the hour', () => {
    expect(since([1, 1, 1, 1])).toBeNull()
  })
})

describe('a place on the line', () => {
  it('is an hour ago at its left end, now at its right, and never beyond', () => {
    expect([-20, 0, 300, 600, 900].map((x) => NOW - timeAtPosition(x, 600, NOW))).toEqual([HOUR, HOUR, HOUR / 2, 0, 0])
    expect(timeAtPosition(10, 0, NOW)).toBe(NOW)
  })

  it('and a time lead to each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), (x) => {
        expect(positionOf(timeAtPosition(x, 1000, NOW), NOW) * 1000).toBeCloseTo(x, 3)
      }),
    )
  })

  it('is marked for as long as an alert fired, as one stretch', () => {
    const frames = index([0, 900, 1800, 2700, 3600], ['ok', 'firing', 'firing', 'resolved', 'firing'])
    expect(alertStretches(frames, NOW)).toEqual([
      { start: 0.25, end: 0.75 },
      { start: 1, end: 1 },
    ])
    expect(alertStretches(index([0, 10], [null, null]), NOW)).toEqual([])
  })
})
