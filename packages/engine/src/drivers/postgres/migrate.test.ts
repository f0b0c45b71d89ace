import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { accepted, countsOf, entryOf, newMessage, nextId, T0 } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, openNodeAt, temporarySchema } from '../../../test/support/nodes.ts'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { NewMessage } from '../../messages/record.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'
import { configOf } from './connect.ts'
import { monthOf } from './month.ts'
import { STEPS, type Step } from './schema/index.ts'

type Where = 'in memory alone' | 'ready' | 'delayed' | 'being sent'

/** A schema as the first step left it, with messages that wait in each way there was. */
async function schemaOfBefore(): Promise<{ schema: string; messages: Record<Where, NewMessage>; lastJob: number }> {
  const schema = temporarySchema()
  const client = new pg.Client(configOf({ url: testDatabaseUrl(), schema }, 'migration'))
  await client.connect()
  const { name, from, to } = monthOf(newMessage().id)
  await client.query(`CREATE SCHEMA ${schema}; CREATE TABLE schema_steps (step integer PRIMARY KEY, at timestamptz DEFAULT now());
    BEGIN; ${STEPS[0]?.sql(schema)}; INSERT INTO schema_steps VALUES (1); COMMIT`)
  for (const table of ['messages', 'states']) {
    await client.query(`CREATE TABLE ${table}_${name} PARTITION OF ${table} FOR VALUES FROM (${from}) TO (${to})`)
  }
  const ended = newMessage()
  const messages: Record<Where, NewMessage> = {
    ready: newMessage(),
    'being sent': newMessage(),
    'in memory alone': newMessage({ flow: 'shop' }),
    delayed: newMessage({ dueAt: T0 + 1 }),
  }
  const lane = (message: NewMessage) => `'message.send', 5, 'sms/${message.flow}', ${message.id}`
  for (const message of [ended, ...Object.values(messages)]) {
    await client.query(
      `INSERT INTO messages VALUES (${message.id}, 'sms', 'r', 1, 1, '{}', 5, '${message.flow}', NULL, ${T0}, ${message.dueAt}, NULL, 1)`,
    )
  }
  const lastJob = nextId() + 1_000
  await client.query(`
    UPDATE resident_mark SET id = ${ended.id - 10};
    INSERT INTO states (id, state, updated_at) VALUES (${ended.id}, 'sent', ${T0});
    INSERT INTO queue_entries (queue, priority, lane, id) VALUES (${lane(messages.ready)});
    INSERT INTO claims (id, fence, attempt, service_id, claimed_at) VALUES (${messages['being sent'].id}, 1, 1, 7, ${T0});
    INSERT INTO queue_delays (due_at, queue, priority, lane, id) VALUES (${T0 + 1}, ${lane(messages.delayed)});
    INSERT INTO jobs (id, queue, payload, priority, created_at) VALUES (${lastJob}, 'notification', '{}', 5, ${T0});
    INSERT INTO state_counts VALUES ('${name}', 'sms', 'sent', 1), ('${name}', 'sms', 'queued', 2),
      ('${name}', 'sms', 'sending', 1), ('${name}', 'sms', 'scheduled', 1)`)
  await client.end()
  return { schema, messages, lastJob }
}

describe('a schema from before there were several nodes', () => {
  it('goes over to the one process that opens it alone: all that waits is its own, and what was being sent is recovered', async () => {
    const { schema, messages, lastJob } = await schemaOfBefore()
    const options = { defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined }
    const store = await postgres({ url: testDatabaseUrl(), schema }).open(options)
    onTestFinished(() => store.close())
    const lanes = await store.queue.lanes()
    expect(new Set(lanes.map(({ lane, count }) => `${lane} ${count}`))).toEqual(new Set(['sms/api 1', 'sms/shop 1']))
    const sql = (text: string) => storesOf('postgres').sql(schema, text)
    const opened = { store, sql, reopen: () => Promise.resolve(store), close: () => Promise.resolve() }
    const { kept, counted } = await countsOf(opened)
    expect(counted).toEqual(kept)
    expect((await store.stats.audit(10)).strays).toEqual([])
    const policies = { sms: 'hold', email: 'hold', app: 'hold', wechat: 'hold', feishu: 'hold' } as const
    expect(await store.messages.recover(policies, T0)).toEqual({ unknown: 1, requeued: 0 })
    for (const where of ['ready', 'in memory alone'] as const) {
      const claim = { entry: entryOf(messages[where]), serviceId: 7, now: T0 }
      expect(await store.messages.claim(claim)).toMatchObject({ kind: 'claimed' })
    }
    expect((await store.queue.promote(T0 + 1, 10)).entries).toEqual([entryOf(messages.delayed)])
    expect(await store.messages.lastId()).toBe(lastJob)
    await sql('DELETE FROM jobs')
    expect(await store.messages.lastId()).toBe(lastJob)
  })

  it('belongs to nobody where several open it, and whoever was first recovers what was being sent', async () => {
    const { schema, messages } = await schemaOfBefore()
    const nodes = await Promise.all(['a', 'b'].map((name) => openNode(schema, nodeNamed(name))))
    const [first, second] = nodes.toSorted((a, b) => a.store.nodes.self.number - b.store.nodes.self.number)
    if (!first || !second) throw new Error('expected two nodes, got fewer')
    expect(await first.store.queue.lanes()).toEqual([])
    const adopted = await second.store.queue.adopt(10, 0)
    expect(adopted).toEqual([entryOf(messages.ready), entryOf(messages['in memory alone'])])
    const policies = { sms: 'retry', email: 'retry', app: 'retry', wechat: 'retry', feishu: 'retry' } as const
    expect(await second.store.messages.recover(policies, T0)).toEqual({ unknown: 0, requeued: 0 })
    expect(await first.store.messages.recover(policies, T0)).toEqual({ unknown: 0, requeued: 1 })
  })

  it('is not changed while a process that knows it only so has it', async () => {
    const { schema } = await schemaOfBefore()
    const client = new pg.Client({ connectionString: testDatabaseUrl() })
    await client.connect()
    await client.query(`SELECT pg_advisory_lock(hashtextextended('signalbox ' || $1, 0))`, [schema])
    await expect(openNode(schema, nodeNamed('a'))).rejects.toThrow('expected all nodes on the schema')
    await client.end()
    await openNode(schema, nodeNamed('a'))
  })
})

describe('a newer version that joins nodes of the one before', () => {
  const later = (sql: string, beside?: true): readonly Step[] => [
    ...STEPS,
    { sql: () => sql, ...(beside && { beside }) },
  ]

  it('makes a step that only adds beside them: they go on, and write into tables they do not know all of', async () => {
    const schema = temporarySchema()
    const before = await openNode(schema, nodeNamed('before'))
    const first = await accepted(before.store)
    const steps = later("ALTER TABLE messages ADD COLUMN later text NOT NULL DEFAULT 'new'", true)
    const newer = await openNode(schema, nodeNamed('newer'), { steps })
    const second = await accepted(before.store)
    for (const message of [first, second]) {
      const claim = { entry: entryOf(message), serviceId: 7, now: T0 }
      expect(await before.store.messages.claim(claim)).toMatchObject({ kind: 'claimed' })
    }
    await accepted(newer.store)
    const rows = await storesOf('postgres').sql(schema, 'SELECT later FROM messages')
    expect(rows).toEqual(Array.from({ length: 3 }, () => ({ later: 'new' })))
  })

  it('is refused while they run when a step changes what they name, and makes it once they have stopped', async () => {
    const schema = temporarySchema()
    const before = await openNodeAt(schema, nodeNamed('before'))
    const steps = later('ALTER TABLE message_views RENAME TO saved_views')
    await expect(openNodeAt(schema, nodeNamed('newer'), { steps })).rejects.toThrow(/all nodes .* to be stopped/)
    await accepted(before.store)
    await before.store.close()
    await openNode(schema, nodeNamed('newer'), { steps })
    await expect(openNodeAt(schema, nodeNamed('before'))).rejects.toThrow(/newer Signalbox/)
  })
})
