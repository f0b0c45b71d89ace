import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BREAKER, createBreaker, type Answer, type Breaker } from './breaker.ts'

const TERMS = { failures: 5, openMs: 10_000 }

function broken(): Breaker {
  const breaker = createBreaker(() => TERMS)
  for (let i = 0; i < TERMS.failures; i++) breaker.answered('broken', 0)
  return breaker
}

describe('a breaker', () => {
  it('opens after failures in a row, not after as many with an answer between', () => {
    const breaker = createBreaker(() => TERMS)
    for (const answer of ['broken', 'broken', 'broken', 'broken', 'ok', 'broken'] as const) breaker.answered(answer, 0)
    expect(breaker.state(0)).toBe('closed')
    for (let i = 0; i < 4; i++) breaker.answered('broken', 0)
    expect([breaker.state(0), breaker.closedUntil]).toEqual(['open', 10_000])
  })

  it('opens at once when the account itself is refused', () => {
    const breaker = createBreaker(() => TERMS)
    breaker.answered('dead', 5)
    expect(breaker.closedUntil).toBe(10_005)
  })

  it('lets one message try when its time is over, and closes when that is answered', () => {
    const breaker = broken()
    expect(breaker.asked(9_999)).toBe(false)
    expect([breaker.state(10_000), breaker.asked(10_000)]).toEqual(['half_open', true])
    expect(breaker.closedUntil).toBe(10_000 + BREAKER.probeMs)
    breaker.answered('ok', 10_500)
    expect([breaker.state(10_500), breaker.closedUntil]).toEqual(['closed', 0])
  })

  it('stays open twice as long after each probe that fails, five minutes at most', () => {
    const breaker = broken()
    const lengths: number[] = []
    for (let i = 0; i < 7; i++) {
      const now = breaker.closedUntil
      breaker.asked(now)
      breaker.answered('broken', now)
      lengths.push((breaker.closedUntil - now) / 1000)
    }
    expect(lengths).toEqual([20, 40, 80, 160, 300, 300, 300])
  })

  it('lets the next try when a probe is never answered, or did not leave', () => {
    const breaker = broken()
    breaker.asked(10_000)
    expect(breaker.asked(10_000 + BREAKER.probeMs)).toBe(true)
    breaker.unasked()
    expect(breaker.closedUntil).toBe(10_000)
  })

  it('takes no notice of what was under way when it opened', () => {
    const breaker = broken()
    breaker.answered('ok', 9_000)
    expect(breaker.state(9_000)).toBe('open')
    breaker.answered('broken', 11_000)
    expect(breaker.closedUntil).toBe(10_000)
  })

  it('never asks more than one at a time while it is not closed, and is closed again by one answer', () => {
    const step = fc.record({
      wait: fc.nat(60_000),
      does: fc.constantFrom<'ask' | Answer>('ask', 'ask', 'ok', 'broken', 'dead'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const breaker = createBreaker(() => TERMS)
        let now = 0
        let lastProbe = Number.NEGATIVE_INFINITY
        for (const { wait, does } of steps) {
          now += wait
          const before = breaker.state(now)
          if (does === 'ask') {
            if (now < breaker.closedUntil) continue
            const probes = breaker.asked(now)
            expect(probes).toBe(before === 'half_open')
            if (probes) {
              expect(now - lastProbe).toBeGreaterThanOrEqual(TERMS.openMs)
              lastProbe = now
            }
            continue
          }
          breaker.answered(does, now)
          if (does === 'ok' && before !== 'open') expect(breaker.closedUntil).toBe(0)
          expect(breaker.closedUntil - now).toBeLessThanOrEqual(BREAKER.longestMs)
        }
      }),
      { numRuns: 2_000 },
    )
  })
})
