import { describe, expect, it } from 'vitest'
import { eventually, openCluster, type ClusterNode } from '../support/cluster.ts'
import { sql } from '../support/stores.ts'

/** When the providers of all nodes were asked, in order, from `start` on. */
function watch(nodes: readonly ClusterNode[]): { start: number; asked: number[] } {
  const watched = { start: performance.now(), asked: [] as number[] }
  for (const { provider } of nodes) {
    provider.answerWith(() => {
      watched.asked.push(performance.now() - watched.start)
      return { status: 'accepted', final: true }
    })
  }
  return watched
}

/** None was asked before it could be its turn. */
function expectTurns(asked: readonly number[], atOnce: number, everyMs: number): void {
  for (const [i, at] of asked.entries()) expect(at).toBeGreaterThanOrEqual(Math.floor(i / atOnce) * everyMs)
}

describe('nodes on one store', () => {
  it('keep a rule of a channel together', async () => {
    const { join, place } = openCluster()
    const nodes = [await join('a'), await join('b')]
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 10, 1, 1)")
    await eventually(() => nodes.every(({ engine }) => engine.limiter.limited('channel:sms')))
    const watched = watch(nodes)
    await Promise.all(nodes.map((node) => node.accept(20)))
    await eventually(() => watched.asked.length === 40)
    expectTurns(watched.asked, 10, 1_000)
    expect(nodes.every(({ provider }) => provider.calls.length > 0)).toBe(true)
  })

  it('keep the interval of an account together, and say why a message waits', async () => {
    const { join } = openCluster()
    const nodes = [await join('a'), await join('b')] as const
    const [a, b] = nodes
    const id = a.engine.services.list()[0]?.id ?? 0
    await a.engine.services.update(id, { sendingIntervalMs: 300 })
    await eventually(() => b.engine.limiter.limited(`account:${id}`))
    const watched = watch(nodes)
    const ids = (await Promise.all(nodes.map((node) => node.accept(6)))).flat()
    const whys = new Set<string>()
    await eventually(async () => {
      for (const each of ids)
        for (const { reason, detail } of (await a.engine.explain(each))?.reasons ?? []) whys.add(`${reason} ${detail}`)
      return watched.asked.length === 12
    })
    expectTurns(watched.asked, 1, 300)
    expect([...whys]).toContain('rate_limit sms: one message every 300 ms')
  })

  it('keep the rule of a recipient together', async () => {
    const { join, place } = openCluster()
    const nodes = [await join('a'), await join('b')] as const
    await sql(place, "INSERT INTO rate_limit_configs VALUES ('recipient:sms', 'sliding_window', 1, 1, 1)")
    await eventually(() => nodes.every(({ engine }) => engine.limiter.limited('recipient:sms')))
    const watched = watch(nodes)
    await Promise.all(nodes.map((node) => node.accept(1)))
    await Promise.all(nodes.map((node) => node.accept(1)))
    await eventually(() => watched.asked.length >= 4)
    expect(watched.asked).toHaveLength(4)
    expectTurns(watched.asked, 1, 1_000)
  })

  it('give one of their users a lock at a time', async () => {
    const { join } = openCluster()
    const [a, b] = [await join('a'), await join('b')]
    const { promise, resolve } = Promise.withResolvers<void>()
    const taken = Promise.withResolvers<number>()
    const held = a.engine.locks.using('report', { ttl: 5_000 }, async (_signal, fence) => {
      taken.resolve(fence)
      await promise
    })
    const first = await taken.promise
    await expect(b.engine.locks.using('report', { ttl: 5_000 }, async () => {})).rejects.toMatchObject({
      reason: 'conflict',
    })
    resolve()
    await held
    const next = await b.engine.locks.using('report', { ttl: 5_000 }, async (_signal, fence) => fence)
    expect(next).toBeGreaterThan(first)
  })
})
