import type { RateLimitConfig } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
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

  it('asks several resources at once, and takes from none when one refuses', async () => {
    const limiter = limiterWith(rule('channel:sms', 'qps', 5), rule('service:1', 'sliding_window', 1))
    const both = ['channel:sms', 'service:1', 'service:unlimited']
    expect((await limiter.take(both, T0)).allowed).toBe(true)
    for (let i = 0; i < 10; i++) {
      expect(await limiter.take(both, T0)).toMatchObject({ allowed: false, rule: { resource: 'service:1' } })
    }
    expect(limiter.quota('channel:sms', T0)).toEqual({ limit: 5, remaining: 4, resetMs: 200 })
  })

  it('gives the concurrent places of all resources back together, once', async () => {
    const limiter = limiterWith(rule('a', 'concurrent', 1), rule('b', 'concurrent', 2))
    const decision = await limiter.take(['a', 'b'], T0)
    expect([limiter.quota('a', T0)?.remaining, limiter.quota('b', T0)?.remaining]).toEqual([0, 1])
    decision.release()
    decision.release()
    expect([limiter.quota('a', T0)?.remaining, limiter.quota('b', T0)?.remaining]).toEqual([1, 2])
  })

  it('tells what is left of the rule nearest to its end, and when all of it is there again', async () => {
    const limiter = limiterWith(rule('a', 'qps', 10), rule('a', 'sliding_window', 3, { window_seconds: 60 }))
    expect(limiter.quota('nothing', T0)).toBeNull()
    expect(limiter.quota('a', T0)).toEqual({ limit: 3, remaining: 3, resetMs: 0 })
    await limiter.take('a', T0, 2)
    expect(limiter.quota('a', T0 + 1000)).toEqual({ limit: 3, remaining: 1, resetMs: 59_000 })
  })

  it('tells each in a line its time: the nth is the first to pass then, and not a millisecond before', async () => {
    const bounds = fc.record({
      limit_type: fc.constantFrom('qps' as const, 'sliding_window' as const),
      max_value: fc.integer({ min: 1, max: 6 }),
      // Windows this short are remembered to the millisecond.
      window_seconds: fc.integer({ min: 1, max: 256 }).map((ms) => ms / 1000),
    })
    await fc.assert(
      fc.asyncProperty(
        bounds,
        fc.array(fc.nat({ max: 90 }), { maxLength: 10 }),
        fc.integer({ min: 1, max: 20 }),
        async (bound, pauses, nth) => {
          const limiter = limiterWith({ ...bound, resource: 'a', enabled: true })
          let now = T0
          for (const pause of pauses) await limiter.take('a', (now += pause))
          const told = now + limiter.wait('a', now, nth).ms
          for (let n = 1; n <= nth; n++) {
            now += limiter.wait('a', now).ms
            expect((await limiter.take('a', now)).allowed).toBe(true)
          }
          expect(told).toBe(now)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('limits a function: calls it with its arguments, or refuses with the wait without calling it', async () => {
    const clock = new ManualClock()
    const limiter = createLimiter({ clock })
    limiter.configure([rule('api:/sum', 'qps', 1), rule('recipient:sms', 'sliding_window', 1)])
    const calls: number[][] = []
    const sum = limiter.limit('api:/sum', async (a: number, b: number) => {
      calls.push([a, b])
      return a + b
    })
    expect(await sum(1, 2)).toBe(3)
    clock.advance(400)
    await expect(sum(3, 4)).rejects.toMatchObject({
      reason: 'rate_limited',
      retryAfterMs: 600,
      message: 'expected at most 1 per 1 s calls of api:/sum, got one more',
    })
    expect(calls).toEqual([[1, 2]])
    clock.advance(600)
    expect(await sum(3, 4)).toBe(7)
    const notify = limiter.limit(
      (phone: string) => `recipient:sms:${phone}`,
      async (phone) => phone,
    )
    expect(await Promise.all([notify('1'), notify('2')])).toEqual(['1', '2'])
    await expect(notify('1')).rejects.toMatchObject({ reason: 'rate_limited' })
  })

  it('holds the place of a limited function until it settles, also when it fails', async () => {
    const limiter = limiterWith(rule('a', 'concurrent', 1))
    const { promise, reject } = Promise.withResolvers<void>()
    const work = limiter.limit('a', () => promise)
    const running = work()
    await expect(work()).rejects.toMatchObject({ reason: 'rate_limited' })
    reject(new Error('mine'))
    await expect(running).rejects.toThrow('mine')
    expect(limiter.quota('a', T0)?.remaining).toBe(1)
  })

  it('limits each recipient by itself under the rule of its channel, unless it has a rule of its own', async () => {
    const limiter = limiterWith(rule('recipient:sms', 'qps', 1), rule('recipient:sms:vip', 'qps', 2))
    const allowed = async (resource: string) => (await limiter.take(resource, T0)).allowed
    expect([await allowed('recipient:sms:1'), await allowed('recipient:sms:1')]).toEqual([true, false])
    expect(await allowed('recipient:sms:2')).toBe(true)
    expect([await allowed('recipient:sms:vip'), await allowed('recipient:sms:vip')]).toEqual([true, true])
    expect(limiter.limited('recipient:email:1')).toBe(false)
    limiter.configure([rule('recipient:email:vip', 'qps', 2)])
    expect([limiter.limited('recipient:email'), limiter.limited('recipient:email:1')]).toEqual([true, false])
  })

  it('stands in no family by a colon in its path', async () => {
    const limiter = limiterWith(rule('api:/messages/', 'qps', 1))
    expect(limiter.limited('api:/messages/:id')).toBe(false)
  })

  it('forgets recipients that are idle, and the one used longest ago above its bound', async () => {
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

  it('lets a refused call pass after exactly the time it told and takes nothing for it, over any rules of several resources and clock steps', async () => {
    const resources = ['a', 'b', 'recipient:sms:1']
    const rules = fc.uniqueArray(
      fc.record({
        resource: fc.constantFrom('a', 'b', 'recipient:sms'),
        limit_type: fc.constantFrom('qps' as const, 'sliding_window' as const),
        max_value: fc.integer({ min: 1, max: 10 }),
        window_seconds: fc.integer({ min: 1, max: 3000 }).map((ms) => ms / 1000),
      }),
      { minLength: 1, selector: (each) => `${each.resource} ${each.limit_type}` },
    )
    const calls = fc.array(
      fc.record({ stepMs: fc.integer({ min: -500, max: 800 }), cost: fc.integer({ min: 1, max: 12 }) }),
      { maxLength: 40 },
    )
    await fc.assert(
      fc.asyncProperty(rules, calls, async (bounds, steps) => {
        const limiter = limiterWith(...bounds.map((each) => ({ ...each, enabled: true })))
        let now = T0
        for (const { stepMs, cost } of steps) {
          now += stepMs
          const left = () => resources.map((resource) => limiter.quota(resource, now))
          const before = left()
          const decision = await limiter.take(resources, now, cost)
          if (decision.allowed) continue
          expect(left()).toEqual(before)
          now += decision.retryAfterMs - 1
          expect(await limiter.take(resources, now, cost)).toMatchObject({ allowed: false, retryAfterMs: 1 })
          now += 1
          expect(await limiter.take(resources, now, cost)).toMatchObject({ allowed: true })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
