import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BURST, createTurnstile, LONGEST_WAIT_MS, PER_SECOND } from './turnstile.ts'

/** Time that passes when the test says so; timers that are due all come late, at its end, when the process stood still. */
function manualClock() {
  let now = 0
  let timers: { at: number; act: () => void }[] = []
  const clock = {
    monotonic: () => now,
    after(ms: number, act: () => void) {
      const timer = { at: now + ms, act }
      timers.push(timer)
      return () => (timers = timers.filter((each) => each !== timer))
    },
  }
  function fire(): boolean {
    const [due] = timers.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
    if (!due) return false
    timers = timers.filter((each) => each !== due)
    due.act()
    return true
  }
  return {
    clock,
    pass(ms: number) {
      for (const end = now + ms; now < end; now += 1) while (fire());
    },
    standStill(ms: number) {
      now += ms
      while (fire());
    },
  }
}

function busiestSecond(moments: readonly number[]): number {
  return Math.max(0, ...moments.map((from, i) => moments.slice(i).filter((at) => at < from + 1000).length))
}

describe('the turnstile', () => {
  it('lets a few in at once', () => {
    const { clock } = manualClock()
    const turnstile = createTurnstile(clock)
    let inside = 0
    for (let i = 0; i < BURST + 1; i++) turnstile.arrive(() => (inside += 1))
    expect(inside).toBe(BURST)
  })

  it('lets 500 in by at most 100 a second, in the order in which they came, none of them twice', () => {
    const { clock, pass } = manualClock()
    const turnstile = createTurnstile(clock)
    const inside: number[] = []
    const moments: number[] = []
    for (let i = 0; i < 500; i++) {
      turnstile.arrive(() => {
        inside.push(i)
        moments.push(clock.monotonic())
      })
    }
    pass(LONGEST_WAIT_MS)
    expect(inside).toEqual(Array.from({ length: 500 }, (_, i) => i))
    expect(busiestSecond(moments)).toBeLessThanOrEqual(BURST + PER_SECOND)
  })

  it('tells who cannot wait when to come back, each another moment, and then has room', () => {
    const { clock, pass } = manualClock()
    const turnstile = createTurnstile(clock)
    const told = Array.from({ length: 1_000 }, () => turnstile.arrive(() => undefined)).filter(
      (reply) => typeof reply === 'number',
    )
    expect(told.length).toBeGreaterThan(300)
    expect(new Set(told).size).toBe(told.length)
    expect(Math.min(...told)).toBeGreaterThanOrEqual(LONGEST_WAIT_MS)
    pass(Math.min(...told))
    expect(typeof turnstile.arrive(() => undefined)).toBe('function')
  })

  it('gives the turn of who has gone to the next', () => {
    const { clock, pass } = manualClock()
    const turnstile = createTurnstile(clock)
    for (let i = 0; i < BURST; i++) turnstile.arrive(() => undefined)
    const inside: string[] = []
    const leave = turnstile.arrive(() => inside.push('gone'))
    turnstile.arrive(() => inside.push('next'))
    if (typeof leave === 'function') leave()
    pass(20)
    expect(inside).toEqual(['next'])
  })

  it('keeps to its rate whoever comes, goes and however long the process stands still, and forgets nobody', () => {
    const step = fc.oneof(
      fc.record({ come: fc.nat(120) }),
      fc.record({ pass: fc.nat(1500) }),
      fc.record({ standStill: fc.nat(3000) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const { clock, pass, standStill } = manualClock()
        const turnstile = createTurnstile(clock)
        const moments: number[] = []
        let waits = 0
        for (const each of steps) {
          if ('pass' in each) pass(each.pass)
          else if ('standStill' in each) standStill(each.standStill)
          else
            for (let i = 0; i < each.come; i++)
              if (typeof turnstile.arrive(() => moments.push(clock.monotonic())) === 'function') waits += 1
        }
        pass(LONGEST_WAIT_MS + 1000)
        expect(moments).toHaveLength(waits)
        expect(busiestSecond(moments)).toBeLessThanOrEqual(100)
      }),
      { numRuns: 60 },
    )
  })
})
