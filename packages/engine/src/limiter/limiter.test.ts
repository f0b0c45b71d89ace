import type { RateLimitConfig } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createLimiter } from './limiter.ts'

const T0 = Date.UTC(2026, 0, 15)

function rule(
  resource: string,
  limit_type: RateLimitConfig['limit_type'],
  max_value: number,
  rest = {},
): RateLimitConfig {
  return { resource, limit_type, max_value, window_seconds: 1, enabled: true, ...rest }
}

function limiterWith(...rules: RateLimitConfig[]) {
  const limiter = createLimiter({ maxMembers: 1000 })
  limiter.configure(rules)
  return limiter
}

describe('the limiter', () => {
  it('lets everything pass without an enabled rule', async () => {
    const limiter = limiterWith(rule('a', 'qps', 1, { enabled: false }))
    expect(limiter.limited('a')).toBe(false)
    for (let i = 0; i < 10; i++) expect(await limiter.take('a', T0)).toMatchObject({ allowed: true, retryAfterMs: 0 })
    expect(limiter.tracked).toBe(0)
  })

  it('names the rule that refused and when to come again', async () => {
    const limiter = limiterWith(rule('a', 'qps', 2))
    await limiter.take('a', T0, 2)
    expect(await limiter.take('a', T0 + 100)).toMatchObject({
      allowed: false,
      retryAfterMs: 400,
      rule: { resource: 'a', type: 'qps', maxValue: 2, windowSeconds: 1 },
    })
    expect(await limiter.take('a', T0 + 500)).toMatchObject({ allowed: true, rule: null })
  })

  it('takes from no rule when one refuses', async () => {
    const limiter = limiterWith(rule('a', 'qps', 10), rule('a', 'sliding_window', 1, { window_seconds: 60 }))
    await limiter.take('a', T0)
    for (let i = 0; i < 20; i++) {
      expect((await limiter.take('a', T0)).rule?.type).toBe('sliding_window')
    }
    limiter.configure([rule('a', 'qps', 10)])
    expect((await limiter.take('a', T0, 9)).allowed).toBe(true)
    expect((await limiter.take('a', T0)).allowed).toBe(false)
  })

  it('gives concurrent places back once, however often release is called', async () => {
    const limiter = limiterWith(rule('a', 'concurrent', 2))
    const [first] = [await limiter.take('a', T0), await limiter.take('a', T0)]
    expect(await limiter.take('a', T0)).toMatchObject({ allowed: false, retryAfterMs: 100 })
    first.release()
    first.release()
    expect((await limiter.take('a', T0)).allowed).toBe(true)
    expect((await limiter.take('a', T0)).allowed).toBe(false)
  })

  it('looks without taking', async () => {
    const limiter = limiterWith(rule('a', 'qps', 1))
    for (let i = 0; i < 3; i++) expect((await limiter.peek('a', T0)).allowed).toBe(true)
    await limiter.take('a', T0)
    expect(await limiter.peek('a', T0)).toMatchObject({ allowed: false, retryAfterMs: 1000 })
  })

  it('lets a cost above the maximum pass when everything is free', async () => {
    const limiter = limiterWith(rule('a', 'qps', 5))
    expect((await limiter.take('a', T0, 100)).allowed).toBe(true)
    expect((await limiter.take('a', T0, 100)).retryAfterMs).toBe(1000)
  })

  it('puts new bounds in force at once and keeps what was taken', async () => {
    const limiter = limiterWith(rule('a', 'sliding_window', 5))
    await limiter.take('a', T0, 5)
    limiter.configure([rule('a', 'sliding_window', 6)])
    expect((await limiter.take('a', T0)).allowed).toBe(true)
    expect((await limiter.take('a', T0)).allowed).toBe(false)
    limiter.configure([])
    expect((await limiter.take('a', T0)).allowed).toBe(true)
  })

  it('limits each recipient by itself under the rule of its channel, unless it has a rule of its own', async () => {
    const limiter = limiterWith(rule('recipient:sms', 'qps', 1), rule('recipient:sms:vip', 'qps', 2))
    const allowed = async (resource: string) => (await limiter.take(resource, T0)).allowed
    expect([await allowed('recipient:sms:1'), await allowed('recipient:sms:1')]).toEqual([true, false])
    expect(await allowed('recipient:sms:2')).toBe(true)
    expect([await allowed('recipient:sms:vip'), await allowed('recipient:sms:vip')]).toEqual([true, true])
    expect(limiter.limited('recipient:email:1')).toBe(false)
  })

  it('forgets recipients that are idle, and the oldest above its bound', async () => {
    const limiter = limiterWith(rule('recipient:sms', 'sliding_window', 1), rule('api:/messages/send', 'qps', 1))
    await limiter.take('api:/messages/send', T0)
    for (let i = 0; i < 5000; i++) await limiter.take(`recipient:sms:${i}`, T0)
    expect(limiter.tracked).toBe(1001)
    expect((await limiter.take('api:/messages/send', T0)).allowed).toBe(false)
    for (let i = 0; i < 1000; i++) await limiter.take('recipient:sms:again', T0 + 60_000)
    expect(limiter.tracked).toBe(2)
  })

  it('is neither stopped nor opened by a clock that steps back', async () => {
    const limiter = limiterWith(rule('a', 'qps', 2), rule('a', 'sliding_window', 2))
    await limiter.take('a', T0, 2)
    const hourBack = T0 - 3_600_000
    expect(await limiter.take('a', hourBack)).toMatchObject({ allowed: false, retryAfterMs: 1000 })
    expect((await limiter.take('a', hourBack + 999, 2)).allowed).toBe(false)
    expect((await limiter.take('a', hourBack + 1000, 2)).allowed).toBe(true)
  })

  it('lets a refused call pass after exactly the time it told, over any rules and clock steps', async () => {
    const rules = fc.uniqueArray(
      fc.record({
        limit_type: fc.constantFrom('qps' as const, 'sliding_window' as const),
        max_value: fc.integer({ min: 1, max: 10 }),
        window_seconds: fc.integer({ min: 1, max: 3000 }).map((ms) => ms / 1000),
      }),
      { minLength: 1, selector: (each) => each.limit_type },
    )
    const calls = fc.array(
      fc.record({ stepMs: fc.integer({ min: -500, max: 800 }), cost: fc.integer({ min: 1, max: 12 }) }),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(rules, calls, async (bounds, steps) => {
        const limiter = limiterWith(...bounds.map((each) => ({ ...each, resource: 'a', enabled: true })))
        let now = T0
        for (const { stepMs, cost } of steps) {
          now += stepMs
          const decision = await limiter.take('a', now, cost)
          if (decision.allowed) continue
          now += decision.retryAfterMs - 1
          expect(await limiter.take('a', now, cost)).toMatchObject({ allowed: false, retryAfterMs: 1 })
          now += 1
          expect(await limiter.take('a', now, cost)).toMatchObject({ allowed: true })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
