import { describe, expect, it } from 'vitest'
import { distributed } from '../../src/drivers/distributed.ts'
import { testDatabaseUrl } from '../support/postgres-server.ts'
import { eventually, openCluster, states } from '../support/cluster.ts'

describe('nodes on one store', () => {
  it('send on a worker what was accepted on a node that does not send', async () => {
    const { join } = openCluster()
    const api = await join('api', 'api')
    const worker = await join('worker', 'worker')
    const ids = await api.accept(200)
    await worker.provider.called(200)
    expect(worker.provider.calls.map(({ recordId }) => recordId).toSorted((a, b) => a - b)).toEqual(ids)
    expect(api.provider.calls).toEqual([])
    await eventually(async () => (await states(api.engine)).sent === 200)
  })

  it('send what was accepted before any node sent, and say so until then', async () => {
    const { join } = openCluster()
    const api = await join('api', 'api')
    const [id = 0] = await api.accept(1)
    expect(await api.engine.explain(id)).toMatchObject({
      phase: 'waiting',
      rank: null,
      reasons: [{ reason: 'no_worker', detail: expect.stringContaining('none sends') as string }],
    })
    const worker = await join('worker', 'worker')
    await worker.provider.called(1)
    expect(worker.provider.calls[0]?.recordId).toBe(id)
  })

  it('let one that joins take over from the end of a backlog', async () => {
    const { join } = openCluster()
    const a = await join('a')
    a.provider.hold()
    const ids = await a.accept(3_000)
    const b = await join('b')
    await b.provider.called(1_500)
    const inHands = new Set(a.provider.calls.map(({ recordId }) => recordId))
    const byB = b.provider.calls.map(({ recordId }) => recordId)
    expect(byB.some((id) => inHands.has(id))).toBe(false)
    expect(new Set(byB).size).toBe(byB.length)
    expect(ids).toEqual(expect.arrayContaining(byB))
  })

  it('tell on which node a message waits', async () => {
    const { join } = openCluster()
    const a = await join('worker-a')
    a.provider.hold()
    const ids = await a.accept(300)
    const api = await join('api', 'api')
    const last = ids.at(-1) as number
    expect(await api.engine.explain(last)).toMatchObject({
      phase: 'waiting',
      detail: expect.stringContaining('it waits on node worker-a') as string,
    })
  })

  it('let one that leaves give back what waits there', async () => {
    const { join } = openCluster()
    const a = await join('a')
    a.provider.hold()
    const ids = await a.accept(400)
    await a.provider.called(20)
    const b = await join('b')
    await a.engine.stop({ deadlineMs: 0 })
    const inHands = new Set(a.provider.calls.map(({ recordId }) => recordId))
    await b.provider.called(400 - inHands.size)
    const byB = b.provider.calls.map(({ recordId }) => recordId)
    expect([...inHands, ...byB].toSorted((x, y) => x - y)).toEqual(ids)
    await eventually(async () => {
      const { sent, unknown } = await states(b.engine)
      return sent === byB.length && unknown === inHands.size
    })
    expect((await b.engine.cluster.nodes()).map(({ name }) => name)).toContain('b')
  })

  it('send a high priority before a backlog of others, wherever it was accepted', async () => {
    const { join } = openCluster()
    const worker = await join('worker', 'worker')
    const api = await join('api', 'api')
    worker.provider.hold()
    await api.accept(1_000)
    await worker.provider.called(20)
    await eventually(() => worker.engine.stats.live().queues['message.send'].queued >= 400)
    const [urgent] = await api.accept(1, { priority: 10 })
    await eventually(async () => (await worker.engine.explain(urgent as number))?.rank?.ahead === 0)
    const before = worker.provider.calls.length
    for (const call of worker.provider.calls) call.answer({ status: 'accepted', providerId: 'p', final: true })
    await worker.provider.called(before + 1)
    expect(worker.provider.calls[before]?.recordId).toBe(urgent)
  })

  it('send what was accepted elsewhere when its time comes, a second later at most', async () => {
    const { join } = openCluster()
    const api = await join('api', 'api')
    const worker = await join('worker', 'worker')
    const begun = performance.now()
    const [id] = await api.accept(1, { delayMs: 1_500 })
    await worker.provider.called(1)
    expect(worker.provider.calls[0]?.recordId).toBe(id)
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1_500)
  })

  it('do not send what was cancelled on another node', async () => {
    const { join } = openCluster()
    const a = await join('a')
    a.provider.hold()
    const ids = await a.accept(200)
    await a.provider.called(20)
    const api = await join('api', 'api')
    const cancelled = ids.slice(100)
    for (const id of cancelled) await api.engine.messages.cancel(id)
    a.provider.answerWith({ status: 'accepted', providerId: 'p', final: true })
    for (const call of a.provider.calls) call.answer({ status: 'accepted', providerId: 'p', final: true })
    await eventually(async () => {
      const now = await states(api.engine)
      return now.sent === 100 && now.cancelled === 100
    })
    const sent = new Set(a.provider.calls.map(({ recordId }) => recordId))
    expect(cancelled.some((id) => sent.has(id))).toBe(false)
    await eventually(() => a.engine.stats.live().queues['message.send'].queued === 0)
  })

  it('have one leader at a time, and another when that one leaves', async () => {
    const { join } = openCluster()
    const api = await join('api', 'api')
    await eventually(() => api.engine.cluster.leads)
    // Who sends knows more: the lead goes to one of those.
    const a = await join('a')
    await eventually(() => a.engine.cluster.leads)
    const b = await join('b')
    expect([api, a, b].map(({ engine }) => engine.cluster.leads)).toEqual([false, true, false])
    await a.engine.stop()
    await eventually(() => b.engine.cluster.leads)
    expect(api.engine.cluster.leads).toBe(false)
  })

  it('take one that starts again under its name for the same, and end what is left of it', async () => {
    const { join } = openCluster()
    const first = await join('a')
    const second = await join('a')
    await eventually(() => first.engine.problem !== null)
    expect(first.engine.status).toBe('not_accepting')
    await expect(first.accept(1)).rejects.toMatchObject({ reason: 'not_accepting' })
    expect((await second.engine.cluster.nodes()).map(({ name }) => name)).toEqual(['a'])
    await second.accept(1)
    await second.provider.called(1)
  })

  it('go on while RabbitMQ and Redis are away, and say so', async () => {
    const nowhere = { amqpUrl: 'amqp://127.0.0.1:1', redisUrl: 'redis://127.0.0.1:1' }
    const { join } = openCluster((schema) => distributed({ databaseUrl: testDatabaseUrl(), ...nowhere, schema }))
    const api = await join('api', 'api')
    const worker = await join('worker', 'worker')
    const ids = await api.accept(100)
    await worker.provider.called(100)
    expect(worker.provider.calls.map(({ recordId }) => recordId).toSorted((a, b) => a - b)).toEqual(ids)
    const links = api.engine.cluster.links.map(({ name, up }) => [name, up])
    expect(Object.fromEntries(links)).toEqual({ PostgreSQL: true, RabbitMQ: false, Redis: false })
    await eventually(() => worker.engine.cluster.leads)
  })
})
