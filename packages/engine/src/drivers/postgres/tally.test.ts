import type { StoreChange } from '@signalbox/contracts'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accepted, claimed, settleWrite } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { dropSchema, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import { until } from '../../../test/support/waiting.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { Histogram } from '../../stats/histogram.ts'
import { postgres } from '../postgres.ts'
import { configOf } from './connect.ts'
import { monthOf } from './month.ts'
import { dbOf } from './statement.ts'
import { createTally, type Tally } from './tally.ts'

const T0 = Date.UTC(2026, 0, 15, 8)
const MINUTE = 60_000
const [TEMPLATE, SERVICE, TASK] = [7, 3, 42]
const EXPERIMENT = `INSERT INTO template_experiments VALUES (${TEMPLATE}, 1, 2, 50, 100, 'running', ${T0}, NULL, NULL, NULL)`

interface Node {
  tally: Tally
  /** Another process under the same number. */
  again(): Node
  begin(): Promise<unknown>
  commit(): Promise<unknown>
  rollback(): Promise<unknown>
}

function nodeOn(client: pg.Client, number: number): Node {
  const db = dbOf((query) => client.query(query))
  return {
    tally: createTally(db, (id) => monthOf(id).name, number),
    again: () => nodeOn(client, number),
    begin: () => client.query('BEGIN'),
    commit: () => client.query('COMMIT'),
    rollback: () => client.query('ROLLBACK'),
  }
}

/** Connections that write statistics of one schema, each for a node; a wait for a row of another fails at once. */
async function nodes(count: number) {
  const schema = storesOf('postgres').make()
  const store = await postgres({ url: testDatabaseUrl(), schema }).open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown: () => undefined,
  })
  const sql = (text: string) => storesOf('postgres').sql(schema, text)
  const opened: Node[] = []
  const clients: pg.Client[] = []
  for (let number = 0; number < count; number++) {
    const client = new pg.Client({
      ...configOf({ url: testDatabaseUrl(), schema }, 'writer'),
      lock_timeout: 500,
      pipeline: true,
    })
    await client.connect()
    clients.push(client)
    opened.push(nodeOn(client, number))
  }
  onTestFinished(async () => {
    for (const client of clients) await client.end()
    await store.close()
    await dropSchema(schema)
  })
  return { store, sql, nodes: opened }
}

/** A message that is accepted and ends within the same minute, counted wherever a message can be. */
function counts({ tally }: Node, id: number, responseMs: number): void {
  const message = { id, channel: 'sms' as const, templateId: TEMPLATE, taskId: TASK }
  const ending = { serviceId: SERVICE, finishedAt: T0 + 5_000, durationMs: 5_000 }
  tally.accepted(message, 'queued', T0)
  tally.assigned(message, 2, 'queued')
  tally.moved(message, 'queued', 'sending', T0 + 1_000, {})
  tally.claimed(TASK, 1_000, T0 + 1_000)
  tally.used(SERVICE, T0, 1)
  tally.moved(message, 'sending', 'sent', T0 + 5_000, { after: ending })
  tally.responded(message, 'sent', ending, responseMs)
}

describe('the statistics of several nodes', () => {
  it('are written by each without waiting for a transaction of another, and add up to what all have counted', async () => {
    const { store, sql, nodes: all } = await nodes(3)
    await sql(
      `INSERT INTO template_experiments VALUES (${TEMPLATE}, 1, 2, 50, 100, 'running', ${T0}, NULL, NULL, NULL)`,
    )
    await sql(
      `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, first_id, last_id)
       VALUES (${TASK}, ${TEMPLATE}, 'sms', 90, 5, ${T0}, 1, 90)`,
    )
    const times = new Histogram()
    let id = 0
    // What one has written before it merges with its own figures alone.
    for (let round = 0; round < 3; round++) {
      for (const [i, node] of all.entries()) {
        await node.begin()
        for (let n = 0; n < 10; n++) {
          const responseMs = 10 ** (i + 1) + id
          counts(node, (id += 1), responseMs)
          times.record(responseMs)
        }
        await node.tally.prepare()
        await node.tally.flush()
      }
      // None of them had committed when the last of them had written everything.
      for (const node of all) await node.commit()
    }

    expect(await store.stats.states()).toEqual(
      expect.arrayContaining([
        { channel: 'sms', state: 'accepted', count: 90 },
        { channel: 'sms', state: 'sent', count: 90 },
        { channel: 'sms', state: 'queued', count: 0 },
      ]),
    )
    for (const range of [
      { from: T0, to: T0 + MINUTE },
      { from: T0, to: T0 + 60 * MINUTE },
    ]) {
      const [found] = await store.stats.ranges([range])
      expect(found?.sums.find(({ state }) => state === 'sent')).toMatchObject({
        ...{ count: 90, durationMsSum: 90 * 5_000, responseCount: 90 },
      })
      expect(Histogram.decode(found?.histogram ?? '').encode()).toBe(times.encode())
    }
    expect(await store.stats.counts([{ from: T0, to: T0 + MINUTE }])).toEqual([{ accepted: 90, sent: 90 }])
    expect(await store.stats.minutes(T0, T0 + MINUTE)).toMatchObject([{ at: T0, sums: [{ count: 90 }, { count: 90 }] }])
    expect(await store.stats.serviceTimes(T0)).toEqual([{ serviceId: SERVICE, p95Ms: times.quantile(0.95) }])
    expect(await store.stats.serviceHours(T0, T0 + 60 * MINUTE)).toEqual([
      { serviceId: SERVICE, at: T0, sent: 90, failed: 0, unknown: 0, p95Ms: times.quantile(0.95) },
    ])
    expect(await store.stats.templates(T0)).toEqual([
      { templateId: TEMPLATE, lastUsedAt: T0, counts: { accepted: 90, sent: 90 } },
    ])
    expect(await store.templates.experimentCounts(TEMPLATE)).toEqual(
      expect.arrayContaining([{ version: 2, state: 'sent', count: 90 }]),
    )
    expect(await store.tasks.get(TASK)).toEqual({
      ...{ id: TASK, total: 90, createdAt: T0, firstClaimedAt: T0 + 1_000, updatedAt: T0 + 5_000 },
      ...{ waitMsSum: 90_000, waitCount: 90, counts: { queued: 0, sending: 0, sent: 90 } },
    })
    expect(await store.services.uses(T0)).toEqual([{ serviceId: SERVICE, day: T0, count: 90, own: 30 }])
  })
  it('are those of what was committed: an undone transaction leaves nothing, and a node that comes back goes on', async () => {
    const { store, nodes: all } = await nodes(1)
    let [node] = all as [Node]
    const histogram = new Histogram()
    for (const [id, end] of (['commit', 'rollback', 'commit', 'again', 'rollback', 'commit'] as const).entries()) {
      if (end === 'again') {
        node = node.again()
        continue
      }
      await node.begin()
      counts(node, id + 1, 100 * (id + 1))
      await node.tally.prepare()
      await node.tally.flush()
      await node[end]()
      if (end === 'rollback') node.tally.clear()
      else histogram.record(100 * (id + 1))
    }
    const [range] = await store.stats.ranges([{ from: T0, to: T0 + 60 * MINUTE }])
    expect(range?.histogram).toBe(histogram.encode())
    expect(range?.sums.find(({ state }) => state === 'sent')).toMatchObject({ count: 3, responseCount: 3 })
  })

  it('count the messages of an experiment that another node has begun', async () => {
    const schema = temporarySchema()
    const changes: StoreChange[] = []
    const { store } = await openNode(schema, nodeNamed('one'), { onChanged: (change) => changes.push(change) })
    const of = (version: number) => accepted(store, { templateId: TEMPLATE, templateVersion: version })
    // From now on it knows that there is none.
    await of(1)
    await storesOf('postgres').sql(schema, EXPERIMENT)
    await until(() => changes.some(({ kind }) => kind === 'templates'))
    const message = await of(2)
    const record = await claimed(store, message)
    await store.messages.settle(settleWrite(record, 'failed'))
    expect(await store.templates.experimentCounts(TEMPLATE)).toEqual(
      expect.arrayContaining([{ version: 2, state: 'failed', count: 1 }]),
    )
  })

  it('add up with the records, whoever moved a message, and with what is removed once a month is over', async () => {
    const schema = temporarySchema()
    const [one, two] = [await openNode(schema, nodeNamed('one')), await openNode(schema, nodeNamed('two'))]
    const ids: number[] = []
    for (const [i, { store }] of [one, two, one, two].entries()) {
      const record = await claimed(store, await accepted(store))
      await store.messages.settle(settleWrite(record, i < 2 ? 'sent' : 'failed', { responseMs: 100 * (i + 1) }))
      ids.push(record.id)
    }
    // Each of them moves what the other has counted in.
    const [sent, , failed] = ids as [number, number, number]
    await two.store.messages.receipt({ recordId: sent, state: 'delivered', at: T0 }, T0 + 1_000)
    await one.store.messages.requeue(failed, ['failed'], T0 + 1_000, 'requeue')
    await two.store.messages.cancel(failed, T0 + 2_000)
    const { states, records, strays } = await one.store.stats.audit(10)
    const counted = states.filter(({ state, count }) => state !== 'accepted' && count !== 0)
    const byState = (rows: { state: string; count: number }[]) =>
      Object.fromEntries(rows.map(({ state, count }) => [state, count]))
    expect(byState(counted)).toEqual({ delivered: 1, sent: 1, failed: 1, cancelled: 1 })
    expect(byState(records)).toEqual(byState(counted))
    expect(strays).toEqual([])

    // All of it has ended, though of each node alone something seems to be on its way.
    const never = { tracesBefore: 0, keysBefore: 0, keptAtMost: 100, actionsAtMost: 100, batch: 100 }
    await one.store.messages.clean({ ...never, recordsBefore: T0 + 62 * 86_400_000 })
    expect(await two.store.stats.audit(10)).toEqual({ states: [], records: [], strays: [] })
    expect(await one.store.messages.get(sent)).toBeNull()
  })
})
