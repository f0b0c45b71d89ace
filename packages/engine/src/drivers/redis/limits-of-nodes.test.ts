import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LimitedNodes, rule, T0 } from '../../../test/support/limited-nodes.ts'
import { openTestLink, redisShell, redisUrl } from '../../../test/support/redis.ts'
import { until } from '../../../test/support/waiting.ts'
import { createLimiter, type LimitDecision } from '../../limiter/limiter.ts'
import { createSharedLimiter } from '../../limiter/shared-limiter.ts'
import { createLimits } from './limits.ts'

describe('the limiter of a node', () => {
  it('decides as one in memory would, and tells the same waits and quotas, over any rules and resources', async () => {
    const link = await openTestLink()
    const resources = ['a', 'b', 'recipient:sms:1']
    const rules = fc.uniqueArray(
      fc.record({
        resource: fc.constantFrom('a', 'b', 'recipient:sms'),
        limit_type: fc.constantFrom('qps' as const, 'sliding_window' as const, 'concurrent' as const),
        max_value: fc.integer({ min: 1, max: 8 }),
        window_seconds: fc.integer({ min: 1, max: 2000 }).map((ms) => ms / 1000),
      }),
      { minLength: 1, selector: (each) => `${each.resource} ${each.limit_type}` },
    )
    const calls = fc.array(
      fc.record({
        stepMs: fc.integer({ min: 0, max: 600 }),
        cost: fc.integer({ min: 1, max: 3 }),
        of: fc.subarray(resources, { minLength: 1 }),
        gives: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    let story = 0
    let now = T0
    await fc.assert(
      fc.asyncProperty(rules, calls, async (bounds, steps) => {
        story += 1
        const mine = (resource: string) => `${resource}/${story}`
        const configs = bounds.map((each) => ({ ...each, enabled: true, resource: mine(each.resource) }))
        const memory = createLimiter()
        const shared = createSharedLimiter({
          store: createLimits(link, { now: () => now }),
          clock: { monotonic: () => now },
          shareOf: () => ({ of: 2, place: 0 }),
        })
        memory.configure(configs)
        shared.configure(configs)
        const held: [LimitDecision, LimitDecision][] = []
        for (const { stepMs, cost, of, gives } of steps) {
          now += stepMs
          if (gives) for (const each of held.pop() ?? []) each.release()
          const asked = of.map((each) => (each.startsWith('recipient') ? `${mine('recipient:sms')}:1` : mine(each)))
          const expected = await memory.take(asked, now, cost)
          const answer = shared.take(asked, now, cost)
          const got = await answer
          const { release: _release, ...expectation } = expected
          if (answer instanceof Promise || expected.allowed) expect(got).toMatchObject(expectation)
          else {
            // Refused before, and not asked again: another rule may be the one to wait for longest.
            expect(got.allowed).toBe(false)
            expect(got.retryAfterMs).toBeLessThanOrEqual(expected.retryAfterMs)
          }
          if (got.allowed) held.push([expected, got])
          for (const each of asked) {
            expect(shared.wait(each, now).ms === 0).toBe(memory.wait(each, now).ms === 0)
            // Of a window it knows the oldest part and the sum of the rest.
            const [picture, truth] = [shared.quota(each, now), memory.quota(each, now)]
            expect(picture?.remaining ?? 0).toBeLessThanOrEqual(truth?.remaining ?? 0)
          }
        }
      }),
      { numRuns: 300, interruptAfterTimeLimit: 40_000 },
    )
  })

  it('shares every rule with the others: in no window do they let more pass together', async () => {
    const nodes = new LimitedNodes()
    const rules = [rule('a', 'sliding_window', 7, 1), rule('b', 'qps', 5, 1), rule('c', 'concurrent', 3)]
    const pair = await nodes.pair(rules)
    const passed: Record<string, number[]> = { a: [], b: [] }
    const held: LimitDecision[] = []
    for (let i = 0; i < 400; i++) {
      nodes.now += (i * 37) % 23
      const decisions = await Promise.all(
        pair.flatMap(({ limiter }) =>
          ['a', 'b', 'c'].map(async (each) => [each, await limiter.take(each, nodes.now)] as const),
        ),
      )
      for (const [name, decision] of decisions) {
        if (decision.allowed)
          (name === 'c' ? held : (passed[name] ??= [])).push(...([name === 'c' ? decision : nodes.now] as never[]))
      }
      expect(held.length).toBeLessThanOrEqual(3)
      if (i % 3 === 0) held.shift()?.release()
    }
    const { a = [], b = [] } = passed
    for (const [i, at] of a.entries()) expect((a[i + 7] ?? Infinity) - at).toBeGreaterThanOrEqual(1000)
    // A bucket and what refills meanwhile.
    for (const [i, at] of b.entries())
      for (const [j, later] of b.entries()) {
        if (j >= i) expect(j - i + 1).toBeLessThanOrEqual(5 + (5 * (later - at)) / 1000)
      }
    const seconds = (nodes.now - T0) / 1000
    expect(a.length).toBeGreaterThan(7 * seconds * 0.8)
    expect(b.length).toBeGreaterThan(5 * seconds * 0.9)
  })

  it('gets back the places of a node that is gone when its lease on them is over, and not before', async () => {
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('a', 'concurrent', 2)])
    expect((await one.limiter.take('a', nodes.now)).allowed).toBe(true)
    expect((await one.limiter.take('a', nodes.now)).allowed).toBe(true)
    await one.link.close()
    nodes.now += 9_999
    expect((await other.limiter.take('a', nodes.now)).allowed).toBe(false)
    nodes.now += 1
    expect((await other.limiter.take('a', nodes.now)).allowed).toBe(true)
  })

  it('keeps its places for as long as it lives', async () => {
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('a', 'concurrent', 1)])
    const place = await one.limiter.take('a', nodes.now)
    nodes.now += 9_000
    // Its next beat.
    const key = `${nodes.prefix}:limit:concurrent:a`
    const told = () => redisShell<string[]>(redisUrl(), 'HVALS', key)
    const [before] = await told()
    await until(async () => (await told())[0] !== before)
    nodes.now += 9_000
    expect((await other.limiter.take('a', nodes.now)).allowed).toBe(false)
    place.release()
    await until(async () => (await other.limiter.take('a', nodes.now)).allowed)
  })

  it('is told by others what they took: its picture is as new as its last answer', async () => {
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('a', 'qps', 10)])
    await one.limiter.take('a', nodes.now, 6)
    expect(other.limiter.quota('a', nodes.now)?.remaining).toBe(10)
    await other.limiter.take('a', nodes.now)
    expect(other.limiter.quota('a', nodes.now)).toEqual({ limit: 10, remaining: 3, resetMs: 700 })
  })

  it('tells everybody in the line of a recipient a time', async () => {
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('recipient:sms', 'sliding_window', 2, 60)])
    await one.limiter.take('recipient:sms:1', nodes.now)
    nodes.now += 10_000
    await one.limiter.take('recipient:sms:1', nodes.now)
    expect(await other.limiter.take('recipient:sms:1', nodes.now)).toMatchObject({
      allowed: false,
      retryAfterMs: 50_000,
    })
    const waits = [1, 2, 3].map((nth) => other.limiter.wait('recipient:sms:1', nodes.now, nth).ms)
    expect(waits).toEqual([50_000, 60_000, 110_000])
    expect((await other.limiter.take('recipient:sms:2', nodes.now)).allowed).toBe(true)
  })

  it('keeps the interval of an account over all nodes, in one step with the rules, also when it is changed', async () => {
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('service:7', 'qps', 100)])
    const resources = ['service:7', 'account:7']
    expect(one.limiter.limited('account:7')).toBe(false)
    nodes.intervals.set(7, 1000)
    expect(one.limiter.limited('account:7')).toBe(true)
    expect((await one.limiter.take(resources, nodes.now)).allowed).toBe(true)
    nodes.now += 400
    expect(await other.limiter.take(resources, nodes.now)).toMatchObject({
      allowed: false,
      retryAfterMs: 600,
      rule: { resource: 'account:7' },
    })
    expect(other.limiter.quota('service:7', nodes.now)?.remaining).toBe(100)
    nodes.intervals.set(7, 500)
    nodes.now += 99
    expect((await other.limiter.take(resources, nodes.now)).allowed).toBe(false)
    nodes.now += 1
    expect((await other.limiter.take(resources, nodes.now)).allowed).toBe(true)
    expect((await one.limiter.take(resources, nodes.now)).allowed).toBe(false)
  })

  it('asks nothing that it knows to be refused', async () => {
    const nodes = new LimitedNodes()
    const [one] = await nodes.pair([rule('a', 'qps', 1)])
    await one.limiter.take('a', nodes.now)
    expect((await one.limiter.take('a', nodes.now)).allowed).toBe(false)
    nodes.now += 999
    expect(one.limiter.take('a', nodes.now)).not.toBeInstanceOf(Promise)
    nodes.now += 1
    expect((await one.limiter.take('a', nodes.now)).allowed).toBe(true)
  })

  it('leaves no keys behind that count nothing any more', async () => {
    const nodes = new LimitedNodes()
    const [one] = await nodes.pair([
      rule('recipient:sms', 'sliding_window', 1, 1),
      rule('recipient:email', 'qps', 1, 1),
    ])
    await one.limiter.take(['recipient:sms:1', 'recipient:email:1'], nodes.now)
    for (const key of ['sliding_window:recipient:sms:1', 'qps:recipient:email:1']) {
      const ms = await redisShell<number>(redisUrl(), 'PTTL', `${nodes.prefix}:limit:${key}`)
      expect(ms).toBeGreaterThan(0)
      expect(ms).toBeLessThanOrEqual(61_000)
    }
  })
})
