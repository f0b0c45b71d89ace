import { describe, expect, it } from 'vitest'
import type { EngineEvents, EventName } from '../../src/events.ts'
import { givenKey } from '../../src/secrets/master-key.ts'
import { rotateMasterKey } from '../../src/secrets/vault.ts'
import { openNode, nodeNamed } from '../support/nodes.ts'
import { KEY, openNodeEngine, openTwoNodes, until, type TwoNodes } from '../support/two-nodes.ts'
import { waitsFor } from '../support/waiting.ts'

const OTHER_KEY = Buffer.alloc(32, 8).toString('base64')

/** What node b is told of by events from now on. */
function heardBy<K extends EventName>({ b }: TwoNodes, name: K): EngineEvents[K][] {
  const heard: EngineEvents[K][] = []
  b.engine.events.on(name, (event) => void heard.push(event))
  return heard
}

const accept = ({ templateId }: TwoNodes, { engine }: TwoNodes['a'], recipient = 'ann') =>
  engine.messages.accept({ templateId, recipient, variables: { name: 'Ada' } })

/** Each story twice: node b hears of the change, or its connection is away while it is made and comes back. */
const CONNECTED = {
  'that hears of it': async (_: TwoNodes, change: () => Promise<unknown>) => {
    await change()
  },
  'whose connection was away meanwhile': async ({ proxy }: TwoNodes, change: () => Promise<unknown>) => {
    await proxy.breakIt('refuse')
    await change()
    await proxy.mend()
  },
}

describe.each(Object.entries(CONNECTED))('a node %s', (_, changing) => {
  it('accepts by the version of a template that was published elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { a, b, templateId } = nodes
    await accept(nodes, b)
    const heard = heardBy(nodes, 'template:changed')
    await changing(nodes, () => a.engine.templates.update(templateId, { content: 'Hi {{name}}' }))
    await until(() => expect(heard).toContainEqual({ id: templateId }))
    const { id } = await accept(nodes, b)
    expect(await b.engine.messages.get(id)).toMatchObject({ templateVersion: 2 })
  })

  it('accepts nothing by a template that was archived elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { b, sql } = nodes
    await accept(nodes, b)
    await changing(nodes, () => sql("UPDATE templates SET status = 'archived'"))
    await until(() => expect(accept(nodes, b)).rejects.toMatchObject({ reason: 'template_not_active' }))
  })

  it('gives recipients the version that an experiment begun elsewhere gives them', async () => {
    const nodes = await openTwoNodes()
    const { a, b, templateId } = nodes
    await a.engine.templates.update(templateId, { content: 'Hi {{name}}' })
    await until(async () => {
      const { id } = await accept(nodes, b)
      expect((await b.engine.messages.get(id))?.templateVersion).toBe(2)
    })
    await changing(nodes, () => a.engine.experiments.start({ templateId, version: 1, shareB: 99, planned: 50 }))
    await until(async () => {
      const { id } = await accept(nodes, b, 'bob')
      expect((await b.engine.messages.get(id))?.templateVersion).toBe(1)
    })
  })

  it('holds marketing at night by a template that became marketing elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { a, b, clock, sql, templateId } = nodes
    // 23:00 there.
    clock.advance(15 * 3_600_000)
    await sql("UPDATE system_config SET value = 'Europe/London' WHERE key = 'quiet_hours.time_zone'")
    await until(() => expect(b.engine.settings.values.quietHours.timeZone).toBe('Europe/London'))
    const heard = heardBy(nodes, 'template:changed')
    await changing(nodes, () => a.engine.templates.update(templateId, { purpose: 'marketing' }))
    await until(() => expect(heard).toContainEqual({ id: templateId }))
    await b.engine.start()
    const { id } = await accept(nodes, b)
    await until(async () => expect(await b.engine.messages.get(id)).toMatchObject({ pendingReason: 'quiet_hours' }))
  })

  it('asks a service no more that was paused elsewhere, and again once it was resumed', async () => {
    const nodes = await openTwoNodes()
    const { a, b, serviceId } = nodes
    await b.engine.start()
    const heard = heardBy(nodes, 'service:changed')
    await changing(nodes, () => a.engine.services.pause(serviceId))
    await until(() => expect(heard).toContainEqual({ id: serviceId, channel: 'sms' }))
    const { id } = await accept(nodes, b)
    await waitsFor(b, id, 'paused')
    await changing(nodes, () => a.engine.services.resume(serviceId))
    await b.provider.called(1)
  })

  it('sends with the secret that was entered elsewhere, and lets go of what it had open with the old one', async () => {
    const nodes = await openTwoNodes()
    const { a, b, serviceId } = nodes
    await changing(nodes, () => a.engine.services.update(serviceId, { settings: { password: 'second' } }))
    await until(() => expect(b.closed).toEqual([serviceId]))
    await b.engine.start()
    await accept(nodes, b)
    await b.provider.called(1)
    expect(b.passwords).toEqual(['second'])
  })

  it('sends by a service that was made elsewhere, and not by one that was disabled there', async () => {
    const nodes = await openTwoNodes()
    const { a, b, serviceId } = nodes
    await changing(nodes, async () => {
      await a.engine.services.drain(serviceId)
      await a.engine.services.create({
        ...{ name: 'next', channel: 'sms', adapter: 'test.provider', priority: 1, enabled: true },
        settings: { password: 'of the next' },
      })
    })
    await until(() => expect(b.engine.services.list()).toHaveLength(2))
    await b.engine.start()
    await accept(nodes, b)
    await b.provider.called(1)
    expect(b.provider.calls[0]?.service).toBe('next')
    expect(b.passwords).toEqual(['of the next'])
  })

  it('does not write to whom was suppressed elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { a, b } = nodes
    await changing(nodes, () =>
      a.engine.suppressions.add({ channel: 'sms', recipient: 'ann', reason: 'manual', purpose: 'all' }),
    )
    await until(() => expect(b.engine.suppressions.figures().recipients).toBe(1))
    await b.engine.start()
    const { id } = await accept(nodes, b)
    await until(async () => expect(await b.engine.messages.get(id)).toMatchObject({ errorCode: 'suppressed' }))
  })

  it('does not write to whom plain SQL suppressed, also many at once', async () => {
    const nodes = await openTwoNodes()
    const { b, sql } = nodes
    await changing(nodes, () =>
      sql(`INSERT INTO suppressions (channel, recipient, purpose, reason, created_at)
           SELECT 'sms', 'r' || i, 'all', 'manual', 1 FROM generate_series(1, 1000) AS i`),
    )
    await until(() => expect(b.engine.suppressions.figures().recipients).toBe(1000))
    await b.engine.start()
    const { id } = await accept(nodes, b, 'r777')
    await until(async () => expect(await b.engine.messages.get(id)).toMatchObject({ errorCode: 'suppressed' }))
  })

  it('pauses what was paused elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { a, b } = nodes
    await changing(nodes, () => a.engine.pause({ channel: 'sms' }))
    await until(() => expect(b.engine.paused.channels).toMatchObject([{ channel: 'sms' }]))
  })

  it('shows views that were saved elsewhere', async () => {
    const nodes = await openTwoNodes()
    const heard = heardBy(nodes, 'views:changed')
    await changing(nodes, () => nodes.a.engine.views.save({ name: 'mine', query: 'status=failed' }))
    await until(() => expect(heard).toContainEqual({ name: null }))
  })

  it('shows alarms as they were acknowledged elsewhere', async () => {
    const nodes = await openTwoNodes()
    const { a, b, sql } = nodes
    const heard = heardBy(nodes, 'alert:changed')
    const of = ({ engine }: TwoNodes['a']) => engine.alerts.list().find(({ id }) => id === 'backlog')
    await sql("INSERT INTO alerts (alert, state, since, worst) VALUES ('backlog', 'firing', 1, 9)")
    await until(() => expect([of(a)?.state, of(b)?.state]).toEqual(['firing', 'firing']))
    heard.length = 0
    await changing(nodes, () => a.engine.alerts.acknowledge('backlog', 'ann', 60_000, 'on it'))
    await until(() => expect(of(b)?.acknowledgement).toMatchObject({ by: 'ann', note: 'on it' }))
    expect(heard).toContainEqual({ id: 'backlog', state: 'firing' })
  })

  it('shows bulk actions that are done elsewhere, and takes them back', async () => {
    const nodes = await openTwoNodes()
    const { a, b } = nodes
    await a.engine.pause({ channel: 'sms' })
    await accept(nodes, a)
    const heard = heardBy(nodes, 'bulk:changed')
    await changing(nodes, () =>
      a.engine.bulk.start({ action: 'cancel', filter: {}, count: 1, before: Number.MAX_SAFE_INTEGER }),
    )
    await until(() => expect(heard.at(-1)).toMatchObject({ state: 'done', moved: 1 }))
    expect(await b.engine.bulk.list()).toMatchObject([{ state: 'done', moved: 1 }])
  })
})

describe('two nodes that change one service at once', () => {
  it('lose nothing of either: the second writes on top of the first', async () => {
    const nodes = await openTwoNodes()
    const { a, b, serviceId } = nodes
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        a.engine.services.update(serviceId, { weight: 10 + round }),
        round % 2 === 0 ? b.engine.services.pause(serviceId) : b.engine.services.resume(serviceId),
        b.engine.services.update(serviceId, { tags: [`t${round}`] }),
      ])
      const wanted = { weight: 10 + round, paused: round % 2 === 0, tags: [`t${round}`] }
      for (const { engine } of [a, b]) await until(() => expect(engine.services.get(serviceId)).toMatchObject(wanted))
    }
  })

  it('keep what an operator wrote with plain SQL', async () => {
    const nodes = await openTwoNodes()
    const { a, serviceId, sql } = nodes
    for (let round = 1; round <= 10; round++) {
      await sql(`UPDATE services SET priority = ${round}`)
      // Node a may not have heard of it yet.
      await (round % 2 === 0 ? a.engine.services.resume(serviceId) : a.engine.services.pause(serviceId))
      const paused = round % 2 !== 0
      expect(await sql('SELECT priority, paused FROM services')).toEqual([{ priority: round, paused }])
    }
  })

  it('cannot both take one name: the second is told, and there is one', async () => {
    const nodes = await openTwoNodes()
    const made = { channel: 'sms', adapter: 'test.provider', priority: 1, enabled: true, settings: {} } as const
    const both = await Promise.allSettled(
      [nodes.a, nodes.b].map(({ engine }) => engine.services.create({ name: 'twin', ...made })),
    )
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const refused = both.find((each) => each.status === 'rejected')
    expect(refused?.reason).toMatchObject({ reason: 'conflict' })
  })
})

describe('a bulk action that another node stops', () => {
  it('makes no further step, and ends as stopped on both', async () => {
    const nodes = await openTwoNodes()
    const { a, b, sql, templateId } = nodes
    const heard = heardBy(nodes, 'bulk:changed')
    await a.engine.pause({ channel: 'sms' })
    const recipients = Array.from({ length: 1_000 }, (_, i) => `r${i}`)
    await a.engine.messages.acceptBatch({
      ...{ templateId, recipients, variablesList: recipients.map(() => ({ name: 'Ada' })) },
    })
    const job = await a.engine.bulk.start({
      action: 'cancel',
      filter: {},
      count: 1_000,
      before: Number.MAX_SAFE_INTEGER,
    })
    await b.engine.bulk.stop(job.id)
    await until(async () => expect(await a.engine.bulk.get(job.id)).toMatchObject({ state: 'stopped' }))
    await until(() => expect(heard.at(-1)).toMatchObject({ id: job.id, state: 'stopped' }))
    const { moved } = await b.engine.bulk.get(job.id)
    const [{ cancelled } = { cancelled: -1 }] = await sql(
      "SELECT count(*)::integer AS cancelled FROM states WHERE state = 'cancelled'",
    )
    expect(cancelled).toBe(moved)
  })
})

describe('a message that waits on one node and is cancelled on another', () => {
  it('waits there no longer: it counts no more, and is not sent', async () => {
    const nodes = await openTwoNodes()
    const { a, b } = nodes
    await a.engine.pause({ channel: 'sms' })
    await a.engine.start()
    const { id } = await accept(nodes, a)
    const kept = await accept(nodes, a, 'bob')
    const queued = async () => (await a.engine.stats.monitor(['today'])).queues['message.send'].queued
    expect(await queued()).toBe(2)
    await b.engine.messages.cancel(id)
    await until(async () => expect(await queued()).toBe(1))
    await a.engine.resume({ channel: 'sms' })
    await a.provider.called(1)
    expect(a.provider.calls.map(({ recordId }) => recordId)).toEqual([kept.id])
  })

  it('does so for all of a bulk action, in a few notices', async () => {
    const nodes = await openTwoNodes()
    const { a, b, templateId } = nodes
    await a.engine.pause({ channel: 'sms' })
    const recipients = Array.from({ length: 1_000 }, (_, i) => `r${i}`)
    await a.engine.messages.acceptBatch({
      ...{ templateId, recipients, variablesList: recipients.map(() => ({ name: 'Ada' })) },
    })
    const queued = async () => (await a.engine.stats.monitor(['today'])).queues['message.send'].queued
    expect(await queued()).toBe(1_000)
    await b.engine.bulk.start({ action: 'cancel', filter: {}, count: 1_000, before: Number.MAX_SAFE_INTEGER })
    await until(async () => expect(await queued()).toBe(0))
  })
})

describe('settings on two nodes', () => {
  it('are shown with who has them, since when, and who refused what', async () => {
    const nodes = await openTwoNodes()
    const { a, b, proxy, sql } = nodes
    const versions = async () => {
      const { version, nodes: each } = await a.engine.settingsApplied()
      return each.map((node) => ({ name: node.name, isNewest: node.version === version, after: node.afterMs }))
    }
    await Promise.all([a.engine.start(), b.engine.start()])
    await sql("UPDATE system_config SET value = '7' WHERE key = 'delivery.max_retries'")
    const soon: unknown = expect.toSatisfy((ms: number) => ms >= 0 && ms < 10_000)
    await until(async () => {
      expect(await versions()).toEqual([
        { name: 'a', isNewest: true, after: soon },
        { name: 'b', isNewest: true, after: soon },
      ])
    })
    await proxy.breakIt('refuse')
    await sql("UPDATE thread_pool_configs SET max_pool_size = 0 WHERE pool_name = 'ai_processor'")
    await until(async () => {
      expect(await versions()).toEqual([
        { name: 'a', isNewest: true, after: soon },
        { name: 'b', isNewest: false, after: null },
      ])
    })
    await proxy.mend()
    await until(async () => {
      const { nodes: each } = await a.engine.settingsApplied()
      expect(each.map(({ problems }) => problems)).toMatchObject([
        [{ row: 'ai_processor', message: expect.stringContaining('max_pool_size') }],
        [{ row: 'ai_processor', message: expect.stringContaining('max_pool_size') }],
      ])
    })
  })
})

describe('the master key of two nodes', () => {
  it('has to be the same: a node with another one is refused at its start, and told which it is', async () => {
    const { schema } = await openTwoNodes()
    const other = openNodeEngine(schema, 'c', { keys: givenKey(OTHER_KEY, 'MASTER_KEY') })
    await expect(other).rejects.toThrow(
      /expected the master key with which the secrets of this store are sealed, key \w+, got key \w+ in MASTER_KEY/,
    )
    await expect(openNodeEngine(schema, 'd', { keys: null })).rejects.toThrow(
      /expected the master key with which 1 secrets/,
    )
  })

  it('changed while a node runs leaves it what it has, and has it seal nothing more under the old one', async () => {
    const nodes = await openTwoNodes()
    const { b, schema, serviceId, sql } = nodes
    const { store } = await openNode(schema, nodeNamed('rotates'))
    await rotateMasterKey(store.secrets, givenKey(KEY, 'MASTER_KEY', { base64: OTHER_KEY, where: 'MASTER_KEY_NEXT' }))
    await until(() =>
      expect(b.problems.join()).toMatch(/the master key of this store was changed to key \w+ while this node runs/),
    )
    await b.engine.start()
    await accept(nodes, b)
    await b.provider.called(1)
    expect(b.passwords).toEqual(['first'])
    const entered = b.engine.services.update(serviceId, { settings: { password: 'unreadable for others' } })
    await expect(entered).rejects.toThrow('start it again with that key')
    expect(await sql('SELECT count(DISTINCT key_id)::integer AS keys FROM service_secrets')).toEqual([{ keys: 1 }])
  })
})
