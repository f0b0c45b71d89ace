import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Concurrent, LOOK_AGAIN_MS } from './concurrent.ts'
import type { Bounds, Meter } from './meter.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

interface Call {
  pauseMs: number
  cost: number
}

const boundsUpTo = (windowMs: number): fc.Arbitrary<Bounds> =>
  fc.record({ maxValue: fc.integer({ min: 1, max: 20 }), windowMs: fc.integer({ min: 1, max: windowMs }) })
const callsFor = (bounds: Bounds): fc.Arbitrary<Call[]> =>
  fc.array(
    fc.record({
      pauseMs: fc.integer({ min: 0, max: Math.ceil(bounds.windowMs / 2) }),
      cost: fc.integer({ min: 1, max: bounds.maxValue }),
    }),
    { maxLength: 60 },
  )
const stories = (windowMs: number) =>
  boundsUpTo(windowMs).chain((bounds) => fc.tuple(fc.constant(bounds), callsFor(bounds)))

/** Runs the calls, taking whenever it may, and tells `see` of each. */
function run(meter: Meter, calls: readonly Call[], see: (now: number, cost: number, wait: number) => void): void {
  let now = 0
  for (const { pauseMs, cost } of calls) {
    now += pauseMs
    const wait = meter.wait(cost, now)
    see(now, cost, wait)
    if (wait === 0) meter.take(cost, now)
  }
}

/** Takes all it can, then waits as told. Each wait above 0 must leave 1 a millisecond early and 0 on time. */
function waitsLeft(meter: Meter, calls: readonly Call[]): [number, number][] {
  const left: [number, number][] = []
  let now = 0
  for (const { pauseMs, cost } of calls) {
    now += pauseMs
    const wait = meter.wait(cost, now)
    if (wait > 0) left.push([meter.wait(cost, now + wait - 1), meter.wait(cost, now + wait)])
    now += wait
    meter.take(cost, now)
  }
  return left
}
const exact = (left: [number, number][]) => left.every(([early, onTime]) => early === 1 && onTime === 0)

describe('the token bucket', () => {
  it('lets a burst of the maximum through after a quiet window, then one call per share of the window', () => {
    const bucket = new TokenBucket({ maxValue: 4, windowMs: 1000 }, 0)
    const waits: number[] = []
    run(
      bucket,
      Array.from({ length: 5 }, () => ({ pauseMs: 0, cost: 1 })),
      (_now, _cost, wait) => waits.push(wait),
    )
    expect(waits).toEqual([0, 0, 0, 0, 250])
    expect(bucket.wait(1, 249)).toBe(1)
    expect(bucket.wait(1, 250)).toBe(0)
  })

  it('agrees with a bucket of exact fractions', () => {
    fc.assert(
      fc.property(stories(5000), ([bounds, calls]) => {
        const capacity = BigInt(bounds.maxValue * bounds.windowMs)
        let units = capacity
        let last = 0
        run(new TokenBucket(bounds, 0), calls, (now, cost, wait) => {
          units += BigInt((now - last) * bounds.maxValue)
          if (units > capacity) units = capacity
          last = now
          const passes = units >= BigInt(cost * bounds.windowMs)
          expect(wait === 0).toBe(passes)
          if (passes) units -= BigInt(cost * bounds.windowMs)
        })
      }),
    )
  })

  it('never lets through more than a bucket and what refills meanwhile', () => {
    fc.assert(
      fc.property(stories(5000), ([bounds, calls]) => {
        const taken: { now: number; cost: number }[] = []
        run(new TokenBucket(bounds, 0), calls, (now, cost, wait) => {
          if (wait > 0) return
          taken.push({ now, cost })
          let sum = 0
          for (const each of taken.toReversed()) {
            sum += each.cost
            expect(sum).toBeLessThanOrEqual(bounds.maxValue + (bounds.maxValue * (now - each.now)) / bounds.windowMs)
          }
        })
      }),
    )
  })

  it('tells exactly how long to wait, also for the largest bucket', () => {
    fc.assert(fc.property(stories(5000), ([bounds, calls]) => exact(waitsLeft(new TokenBucket(bounds, 0), calls))))
    const largest = { maxValue: 10_000_000, windowMs: 86_400_000 }
    const calls = [
      { pauseMs: 0, cost: 9_999_999 },
      { pauseMs: 7, cost: 3 },
      { pauseMs: 1, cost: 1 },
    ]
    expect(waitsLeft(new TokenBucket(largest, 0), calls)).toEqual([
      [1, 0],
      [1, 0],
    ])
  })

  it('keeps what was taken when its bounds change: no new burst, no debt', () => {
    const bucket = new TokenBucket({ maxValue: 10, windowMs: 1000 }, 0)
    bucket.take(10, 0)
    bucket.configure({ maxValue: 20, windowMs: 1000 }, 0)
    expect(bucket.wait(10, 0)).toBe(0)
    expect(bucket.wait(11, 0)).toBe(50)
    bucket.configure({ maxValue: 5, windowMs: 1000 }, 0)
    expect(bucket.wait(1, 0)).toBe(200)
  })
})

describe('the sliding window', () => {
  it('agrees with a log of all calls when its parts are milliseconds', () => {
    fc.assert(
      fc.property(stories(256), ([bounds, calls]) => {
        const log: number[] = []
        run(new SlidingWindow(bounds), calls, (now, cost, wait) => {
          const inWindow = log.filter((at) => at + bounds.windowMs > now)
          const over = inWindow.length + cost - bounds.maxValue
          const freedAt = over > 0 ? (inWindow[over - 1] ?? Number.NaN) + bounds.windowMs : now
          expect(wait).toBe(freedAt - now)
          if (wait === 0) for (let i = 0; i < cost; i++) log.push(now)
        })
      }),
    )
  })

  it('never lets through more than the maximum within any window', () => {
    fc.assert(
      fc.property(stories(10_000), ([bounds, calls]) => {
        const taken: { now: number; cost: number }[] = []
        run(new SlidingWindow(bounds), calls, (now, cost, wait) => {
          if (wait > 0) return
          taken.push({ now, cost })
          const within = taken.filter((each) => each.now > now - bounds.windowMs)
          expect(within.reduce((sum, each) => sum + each.cost, 0)).toBeLessThanOrEqual(bounds.maxValue)
        })
      }),
    )
  })

  it('tells exactly how long to wait, at most 1/256 of the window more than a log would', () => {
    fc.assert(fc.property(stories(10_000), ([bounds, calls]) => exact(waitsLeft(new SlidingWindow(bounds), calls))))
    const window = new SlidingWindow({ maxValue: 2, windowMs: 25_600 })
    window.take(1, 0)
    window.take(1, 99)
    expect(window.wait(1, 99)).toBe(25_600)
  })
})

describe('concurrent', () => {
  it('holds at most the maximum at the same time, whatever is taken and given back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(fc.boolean()), (maxValue, calls) => {
        const places = new Concurrent({ maxValue, windowMs: 1 })
        let held = 0
        for (const takes of calls) {
          if (!takes && held > 0) {
            places.release(1)
            held--
          } else {
            expect(places.wait(1)).toBe(held < maxValue ? 0 : LOOK_AGAIN_MS)
            if (held === maxValue) continue
            places.take(1)
            held++
          }
        }
        expect(places.idle()).toBe(held === 0)
      }),
    )
  })
})
