import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RollupSum } from '../stats/store.ts'
import { createWindows } from './windows.ts'

const MINUTE = 60_000
const T0 = Date.UTC(2026, 0, 15, 8)

const sum = (state: RollupSum['state'], count: number, responseMs = 0): RollupSum => ({
  ...{ channel: 'sms', state, count, durationMsSum: 0 },
  ...{ responseCount: responseMs ? count : 0, responseMsSum: responseMs * count },
})
const windows = (longestMs = 5 * MINUTE) => createWindows(() => longestMs)

describe('a sliding window', () => {
  it('counts what a minute gained when it was seen, and lets it go a window later', () => {
    const sliding = windows()
    sliding.observe([{ at: T0, sums: [] }], T0 + 1000)
    sliding.observe([{ at: T0, sums: [sum('sent', 3, 100), sum('failed', 1)] }], T0 + 30_000)
    sliding.observe([{ at: T0, sums: [sum('sent', 5, 100), sum('failed', 1)] }], T0 + 40_000)
    expect(sliding.over(MINUTE, T0 + 40_000)).toEqual({ success: 5, failed: 1, responses: 5, responseMs: 500 })
    expect(sliding.over(MINUTE, T0 + 95_000)).toEqual({ success: 2, failed: 0, responses: 2, responseMs: 200 })
    expect(sliding.over(MINUTE, T0 + 100_000)).toMatchObject({ success: 0, responses: 0 })
  })

  it('begins with the past where it happened, as after a restart', () => {
    const sliding = windows()
    const minutes = [0, 1, 2].map((i) => ({ at: T0 + i * MINUTE, sums: [sum('sent', 10)] }))
    sliding.observe(minutes, T0 + 2.5 * MINUTE)
    expect(sliding.over(MINUTE, T0 + 2.5 * MINUTE).success).toBe(20)
    expect(sliding.over(5 * MINUTE, T0 + 2.5 * MINUTE).success).toBe(30)
  })

  it('counts a receipt that makes a failure of a success when it came', () => {
    const sliding = windows()
    sliding.observe([{ at: T0, sums: [sum('sent', 10)] }], T0 + MINUTE)
    const later = T0 + 4 * MINUTE
    sliding.observe([{ at: T0, sums: [sum('sent', 6), sum('failed', 4)] }], later)
    expect(sliding.over(5 * MINUTE, later)).toMatchObject({ success: 6, failed: 4 })
    expect(sliding.over(MINUTE, later)).toMatchObject({ success: 0, failed: 4 })
  })

  it('leaves out what was accepted and what is unknown', () => {
    const sliding = windows()
    sliding.observe([{ at: T0, sums: [sum('accepted', 9), sum('unknown', 2), sum('expired', 1)] }], T0 + 1000)
    expect(sliding.over(MINUTE, T0 + 1000)).toMatchObject({ success: 0, failed: 1 })
  })

  it('adds up to what the minutes hold, however often it looked', () => {
    const steps = fc.array(fc.record({ afterMs: fc.integer({ min: 1, max: 20_000 }), sent: fc.nat(50) }), {
      minLength: 1,
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (all) => {
        const sliding = windows(60 * MINUTE)
        const minutes = new Map<number, number>()
        let now = T0
        for (const { afterMs, sent } of all) {
          now += afterMs
          const minute = now - (now % MINUTE)
          minutes.set(minute, (minutes.get(minute) ?? 0) + sent)
          sliding.observe(
            [...minutes].map(([at, count]) => ({ at, sums: [sum('sent', count)] })),
            now,
          )
        }
        const total = [...minutes.values()].reduce((a, b) => a + b, 0)
        expect(sliding.over(60 * MINUTE, now).success).toBe(total)
      }),
    )
  })
})
