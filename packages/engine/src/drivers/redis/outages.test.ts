import { onTestFinished, describe, expect, it } from 'vitest'
import type { LimitDecision } from '../../limiter/limiter.ts'
import { LimitedNodes, rule, T0, type LimitedNode } from '../../../test/support/limited-nodes.ts'
import { ownRedis, redisShell } from '../../../test/support/redis.ts'
import { faultProxy, type FaultProxy } from '../../../test/support/services/index.ts'
import { until } from '../../../test/support/waiting.ts'

/** What a loaded machine may add to a deadline. */
const SLOW_MS = 2_000
const DEADLINE_MS = 250

/** Asks at every node, again and again, for so long; the times when something passed. */
async function drive(nodes: LimitedNodes, all: readonly LimitedNode[], ms: number, resource = 'a'): Promise<number[]> {
  const passed: number[] = []
  for (const end = nodes.now + ms; nodes.now < end;) {
    nodes.now += 7
    const askedAt = performance.now()
    const decisions = await Promise.all(all.map(async ({ limiter }) => limiter.take(resource, nodes.now)))
    expect(performance.now() - askedAt).toBeLessThan(DEADLINE_MS + SLOW_MS)
    for (const { allowed } of decisions) if (allowed) passed.push(nodes.now)
  }
  return passed
}

/** Most within any window of 1 s. */
const mostInASecond = (times: readonly number[]): number =>
  Math.max(0, ...times.map((at) => times.filter((each) => each >= at && each < at + 1000).length))

const allUp = (all: readonly LimitedNode[]) => all.every(({ link }) => link.isUp)

async function throughProxy(url: string): Promise<FaultProxy> {
  const proxy = await faultProxy(url)
  onTestFinished(() => proxy.close())
  return proxy
}

describe('while Redis is away', () => {
  it.each(['sliding_window', 'qps'] as const)(
    'nodes go on with their shares of a %s, and come back without a burst',
    async (type) => {
      const server = await ownRedis()
      const nodes = new LimitedNodes()
      const all = await nodes.pair([rule('a', type, 10)], { url: server.url, deadlineMs: DEADLINE_MS })
      const before = await drive(nodes, all, 3000)
      await server.kill()
      const without = await drive(nodes, all, 5000)
      expect(all.map(({ link }) => link.isUp)).toEqual([false, false])
      await server.start()
      await until(() => allUp(all))
      const after = await drive(nodes, all, 3000)

      // A bucket lets a burst and what refills meanwhile through.
      const most = type === 'qps' ? 20 : 10
      expect(mostInASecond([...before, ...without, ...after])).toBeLessThanOrEqual(most)
      for (const [times, ms] of [
        [before, 3000],
        [without, 5000],
        [after, 3000],
      ] as const) {
        expect(times.length).toBeGreaterThan((10 * ms * 0.7) / 1000)
      }
    },
  )

  it('a limit below the number of nodes is kept in longer windows', async () => {
    const server = await ownRedis()
    const nodes = new LimitedNodes()
    const rules = [rule('a', 'sliding_window', 1)]
    const all = await Promise.all(
      [0, 1, 2].map((place) => nodes.join({ of: 3, place }, rules, { url: server.url, deadlineMs: DEADLINE_MS })),
    )
    await server.kill()
    const passed = await drive(nodes, all, 30_000)
    expect(passed.length).toBeGreaterThan(24)
    expect(passed.length).toBeLessThanOrEqual(33)
  })

  it('places that were taken meanwhile are known to the others when it is back', async () => {
    const server = await ownRedis()
    const nodes = new LimitedNodes()
    const [one, other] = await nodes.pair([rule('a', 'concurrent', 2)], { url: server.url, deadlineMs: DEADLINE_MS })
    await server.kill()
    const place = await one.limiter.take('a', nodes.now)
    const refused = await one.limiter.take('a', nodes.now)
    expect([place.allowed, refused.allowed]).toEqual([true, false])
    await server.start()
    const key = `${nodes.prefix}:limit:concurrent:a`
    await until(() => allUp([one, other]))
    await until(async () => (await redisShell<string[]>(server.url, 'HVALS', key)).length === 1)
    expect((await other.limiter.take('a', nodes.now)).allowed).toBe(true)
    expect((await other.limiter.take('a', nodes.now)).allowed).toBe(false)
    place.release()
    await until(async () => (await other.limiter.take('a', nodes.now)).allowed)
  })
})

describe('when Redis has forgotten everything', () => {
  it.each(['sliding_window', 'qps'] as const)(
    'nodes tell it what they know of a %s before they take more',
    async (type) => {
      const server = await ownRedis()
      const nodes = new LimitedNodes()
      const [one, other] = await nodes.pair([rule('a', type, 10, 60)], { url: server.url })
      await one.limiter.take('a', nodes.now, 4)
      await other.limiter.take('a', nodes.now, 5)
      await redisShell(server.url, 'FLUSHALL')
      nodes.now += 10
      const passes = async ({ limiter }: LimitedNode) => (await limiter.take('a', nodes.now)).allowed
      expect([await passes(other), await passes(one), await passes(other)]).toEqual([true, false, false])
      expect(allUp([one, other])).toBe(true)
    },
  )

  it('no window has more in it, but for what one took after the last answer of the other', async () => {
    const server = await ownRedis()
    const nodes = new LimitedNodes()
    const all = await nodes.pair([rule('a', 'sliding_window', 10)], { url: server.url })
    const passed: number[] = []
    for (let i = 0; i < 10; i++) {
      passed.push(...(await drive(nodes, all, 330)))
      await redisShell(server.url, 'FLUSHALL')
    }
    expect(mostInASecond(passed)).toBeLessThanOrEqual(11)
    expect(passed.length).toBeGreaterThan(25)
  })

  it('places that nodes hold are known again, also while they never stop asking for more', async () => {
    const server = await ownRedis()
    const nodes = new LimitedNodes()
    const all = await nodes.pair([rule('a', 'concurrent', 6)], { url: server.url })
    const held = new Set<LimitDecision>()
    let most = 0
    let asked = 0
    let over = false
    async function work({ limiter }: LimitedNode): Promise<void> {
      while (!over) {
        asked += 1
        const decision = await limiter.take('a', nodes.now)
        if (!decision.allowed) continue
        held.add(decision)
        most = Math.max(most, held.size)
        const until3More = asked + 3
        await until(() => over || asked >= until3More)
        held.delete(decision)
        decision.release()
      }
    }
    const works = all.flatMap((node) => Array.from({ length: 8 }, async () => work(node)))
    for (let i = 0; i < 5; i++) {
      const before = asked
      await until(() => asked > before + 1_000)
      await redisShell(server.url, 'FLUSHALL')
    }
    over = true
    await Promise.all(works)
    // Those of the other are known with its next step.
    expect(most).toBeLessThanOrEqual(12)
    const passes = async (node: LimitedNode) => (await node.limiter.take('a', nodes.now)).allowed
    const answers: boolean[] = []
    for (let i = 0; i < 8; i++) answers.push(await passes(all[i % 2] ?? all[0]))
    expect(answers.filter(Boolean)).toHaveLength(6)
  })

  it('and scripts alone, nothing else is felt', async () => {
    const server = await ownRedis()
    const nodes = new LimitedNodes()
    const all = await nodes.pair([rule('a', 'sliding_window', 10)], { url: server.url })
    const before = await drive(nodes, all, 500)
    await redisShell(server.url, 'SCRIPT', 'FLUSH')
    const after = await drive(nodes, all, 1500)
    expect(mostInASecond([...before, ...after])).toBe(10)
    expect(all.map(({ link }) => link.comebacks)).toEqual([1, 1])
  })
})

describe('while Redis is slow', () => {
  it('nobody waits for it longer than the deadline, and once that was missed nobody waits at all', async () => {
    const server = await ownRedis()
    const proxy = await throughProxy(server.url)
    const nodes = new LimitedNodes()
    const [node] = await nodes.pair([rule('a', 'sliding_window', 10)], { url: proxy.url, deadlineMs: DEADLINE_MS })
    expect((await node.limiter.take('a', T0)).allowed).toBe(true)
    await proxy.breakIt('latency')
    const askedAt = performance.now()
    const decisions = await Promise.all(Array.from({ length: 20 }, async () => node.limiter.take('a', T0)))
    expect(performance.now() - askedAt).toBeLessThan(DEADLINE_MS + SLOW_MS - 500)
    // One of ten was taken: of the share of five as well.
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(4)
    expect(node.link.isUp).toBe(false)
    expect(node.limiter.take('a', T0)).not.toBeInstanceOf(Promise)
    await proxy.mend()
    await until(() => node.link.isUp)
    expect((await node.limiter.take('a', T0)).allowed).toBe(false)
  })

  it.each(['blackhole', 'half-open', 'trickle'] as const)('or answers nothing at all (%s): the same', async (fault) => {
    const server = await ownRedis()
    const proxy = await throughProxy(server.url)
    const nodes = new LimitedNodes()
    const [node] = await nodes.pair([rule('a', 'qps', 10)], { url: proxy.url, deadlineMs: DEADLINE_MS })
    await proxy.breakIt(fault)
    const passed = await drive(nodes, [node], 2000)
    expect(passed.length).toBeGreaterThanOrEqual(10)
    await proxy.mend()
    await until(() => node.link.isUp)
  })
})
