import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../driver.ts'
import { createEngine } from '../../engine.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { embedded } from '../embedded.ts'
import { moveToPostgres } from '../move.ts'
import { MOVED } from '../moved-tables.ts'
import { postgres } from '../postgres.ts'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { ManualClock } from '../../../test/support/manual-clock.ts'
import { dropSchema, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { createProvider } from '../../../test/support/provider.ts'
import { RICH_KEYS, RICH_NOW, richFolder } from '../../../test/support/rich-folder.ts'
import { storesOf } from '../../../test/support/stores.ts'
import { untilNow } from '../../../test/support/waiting.ts'

const MOVING = fileURLToPath(new URL('../../../test/support/moving-child.ts', import.meta.url))

function freshSchema(): string {
  const schema = storesOf('postgres').make()
  onTestFinished(() => dropSchema(schema))
  return schema
}

const sql = (schema: string, statement: string) => storesOf('postgres').sql(schema, statement)

const move = (folder: string, schema: string, onProgress: (line: string) => void = () => undefined) =>
  moveToPostgres({ folder, url: testDatabaseUrl(), schema, onProgress, page: 7 })

const openStore = async (driver: ReturnType<typeof embedded>): Promise<Store> => {
  const store = await driver.open({ defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined })
  onTestFinished(() => store.close())
  return store
}

/** Everything that can be asked of a store. */
async function answers(store: Store): Promise<Record<string, unknown>> {
  const { messages } = await store.messages.search({ limit: 500 })
  const ids = messages.map(({ id }) => id)
  const each = <T>(ask: (id: number) => Promise<T>) => Promise.all(ids.map(ask))
  const templates = await store.templates.list()
  const range = { from: 0, to: Date.UTC(2027, 0, 1) }
  return {
    messages: await each((id) => store.messages.get(id)),
    traces: await each((id) => store.traces.get(id)),
    looks: await each((id) => store.looks.of(id)),
    inbox: await each((id) => store.inbox.find(id)),
    tasks: await Promise.all([...new Set(messages.map(({ taskId }) => taskId ?? 0))].map((id) => store.tasks.get(id))),
    key: await store.messages.byIdempotencyKey('k-1'),
    callback: await store.replays.answered('callback-1', 0),
    templates,
    versions: await Promise.all(templates.map(({ id }) => store.templates.versions(id))),
    experiments: await Promise.all(templates.map(({ id }) => store.templates.experiment(id))),
    arms: await Promise.all(templates.map(({ id }) => store.templates.experimentCounts(id))),
    services: await store.services.list(),
    secrets: (await store.secrets.list()).map((secret) => ({
      ...secret,
      nonce: Buffer.from(secret.nonce).toString('hex'),
      ciphertext: Buffer.from(secret.ciphertext).toString('hex'),
    })),
    settings: await store.settings.read(),
    settingsBefore: await store.settings.asOf((await store.settings.revision()) - 1),
    states: (await store.stats.states()).filter(({ count }) => count > 0),
    minutes: await store.stats.minutes(range.from, range.to),
    audit: await store.stats.audit(1_000),
    kept: await store.kept.list({ limit: 100 }),
    alerts: [await store.alerts.load(), await store.alerts.history(100)],
    views: await store.views.list(),
    suppressions: await store.suppressions.recipients(0, 100),
    bulk: await store.bulk.list(10),
    delayed: await store.queue.delayed(),
    lastId: await store.messages.lastId(),
  }
}

/** In an order of their own, and as PostgreSQL's text holds it, which has no NUL. */
function comparable(answer: unknown): unknown {
  const text = JSON.stringify(answer, (_, value: unknown) => (value instanceof Map ? [...value] : value)) ?? 'null'
  return sorted(JSON.parse(text.replaceAll('\\u0000', '\uFFFD')))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted).toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, sorted(each)]))
}

describe('a moved data folder', () => {
  it('has a row in every table that is moved, so that what follows says something of each', async () => {
    const { folder } = await richFolder()
    const schema = freshSchema()
    await move(folder, schema)
    const empty: string[] = []
    for (const { table } of MOVED) {
      const [row] = await sql(schema, `SELECT EXISTS (SELECT 1 FROM ${table}) AS has`)
      if (!row?.['has']) empty.push(table)
    }
    expect(empty).toEqual([])
  })

  it('answers as before, and the folder is as it was', async () => {
    const { folder, waiting } = await richFolder()
    const before = ['signalbox.db', 'signalbox.db-wal'].map((file) => readFileSync(join(folder, file)))
    const schema = freshSchema()
    await move(folder, schema)
    expect(
      ['signalbox.db', 'signalbox.db-wal'].map((file) => readFileSync(join(folder, file)).equals(before.shift()!)),
    ).toEqual([true, true])
    const there = await openStore(postgres({ url: testDatabaseUrl(), schema }))
    const here = await openStore(embedded({ folder }))
    const [was, is] = [await answers(here), await answers(there)]
    for (const what of Object.keys(was)) expect([what, comparable(is[what])]).toEqual([what, comparable(was[what])])
    expect(is['settings']).toEqual(was['settings'])
    const lanes = (await there.queue.lanes()).filter(({ queue }) => queue === 'message.send')
    expect(lanes.reduce((sum, { count }) => sum + count, 0)).toBeGreaterThanOrEqual(waiting.length)
    expect((was['messages'] as unknown[]).length).toBeGreaterThan(70)
  })

  it('goes on: what waited is sent once, what was being sent is recovered, and the sums are right', async () => {
    const { folder, waiting, sending, delayed } = await richFolder()
    const schema = freshSchema()
    await move(folder, schema)
    const provider = createProvider()
    const clock = new ManualClock(RICH_NOW + 1_000)
    const engine = await createEngine({
      ...{
        driver: postgres({ url: testDatabaseUrl(), schema }),
        adapters: [provider.adapter],
        clock,
        keys: RICH_KEYS(),
      },
    })
    onTestFinished(() => engine.stop({ deadlineMs: 0 }))
    await engine.start()
    await untilNow({ clock }, () => waiting.every((id) => provider.calls.some(({ recordId }) => recordId === id)))
    clock.advance(3_600_000)
    await untilNow({ clock }, () => provider.calls.some(({ recordId }) => recordId === delayed))
    for (const id of waiting) expect(provider.calls.filter(({ recordId }) => recordId === id)).toHaveLength(1)
    for (const id of sending)
      expect(await engine.messages.get(id)).toMatchObject({ state: 'unknown', errorCode: 'crashed' })
    const { id: templateId } = await engine.templates.create({ name: 'new', channel: 'sms', content: 'Hello' })
    const { id } = await engine.messages.accept({ templateId, recipient: 'ada', variables: {} })
    expect(id).toBeGreaterThan(Math.max(...waiting, delayed))
    expect(await engine.stats.conservation({ deep: true })).toMatchObject({ balanced: true, offendingIds: [] })
  })

  it('is gone on with after each kill -9, and nothing starts on the schema before its end', async () => {
    const { folder } = await richFolder()
    const schema = freshSchema()
    // In the middle of a table, between two, and while both sides are compared.
    for (const [kill, isWithin] of [
      [/^settings_changes: 9 of/m, 'settings_changes'],
      [/^services: 1 rows/m, null],
      [/^messages_202602: 10 of/m, 'messages_202602'],
      [/^messages_202602: 40 of/m, 'messages_202602'],
      [/^Comparing/m, null],
    ] as const) {
      const child = spawn(process.execPath, [MOVING, folder, testDatabaseUrl(), schema])
      let said = ''
      child.stdout.on('data', (text: Buffer) => {
        said += text.toString()
        if (kill.test(said)) child.kill('SIGKILL')
      })
      const [, signal] = (await once(child, 'exit')) as [number | null, string | null]
      expect(signal).toBe('SIGKILL')
      const cut = await sql(schema, 'SELECT name FROM moved_parts WHERE NOT done AND rows > 0')
      if (isWithin) expect(cut).toEqual([{ name: isWithin }])
      await expect(openStore(postgres({ url: testDatabaseUrl(), schema }))).rejects.toThrow(
        `expected the move of ${folder} into the schema ${schema} to be finished, got one that is not`,
      )
    }
    const { rows } = await move(folder, schema)
    expect(rows).toBeGreaterThan(300)
    const there = await openStore(postgres({ url: testDatabaseUrl(), schema }))
    expect(await there.messages.lastId()).toBe(await (await openStore(embedded({ folder }))).messages.lastId())
    await expect(move(folder, schema)).rejects.toThrow(/expected|held|holds/)
  })

  it.each([
    [
      'a row that was changed',
      "UPDATE services SET name = 'other' WHERE id = 1",
      'services in PostgreSQL to be what it is',
    ],
    ['a row that is gone', 'DELETE FROM audit_log WHERE id = 1', 'expected audit_log to have'],
    [
      'a row that is there twice',
      'INSERT INTO queue_delays SELECT id + 1, due_at, queue, priority, lane FROM queue_delays',
      'queue_delays to have',
    ],
    [
      'a number that is counted for another node',
      'UPDATE state_counts SET node = 3',
      'state_counts in PostgreSQL to be what',
    ],
    ['a trace of another day', "UPDATE traces SET nodes = nodes || ' '", 'traces in PostgreSQL to be what'],
  ])('is compared at the end: %s is found', async (_, spoil, line) => {
    const { folder } = await richFolder()
    const schema = freshSchema()
    await expect(
      move(folder, schema, (said) => {
        if (said.startsWith('Comparing')) throw new Error('cut off')
      }),
    ).rejects.toThrow('cut off')
    await sql(schema, spoil)
    await expect(move(folder, schema)).rejects.toThrow(line)
    await expect(openStore(postgres({ url: testDatabaseUrl(), schema }))).rejects.toThrow('to be finished')
  })
})

describe('a data folder is not moved', () => {
  it('while a process has it', async () => {
    const folder = temporaryFolder()
    await openStore(embedded({ folder }))
    await expect(move(folder, freshSchema())).rejects.toThrow('that another Signalbox process holds')
  })

  it('that is none, nor is one made', async () => {
    const folder = temporaryFolder()
    await expect(move(folder, freshSchema())).rejects.toThrow('to hold signalbox.db, got none')
    expect(statSync(join(folder, 'signalbox.db'), { throwIfNoEntry: false })).toBeUndefined()
  })

  it('with a table or a column that nobody knows a place for', async () => {
    for (const [change, line] of [
      ['CREATE TABLE extra (id INTEGER)', 'expected to know where id of extra goes in PostgreSQL'],
      ['ALTER TABLE jobs ADD COLUMN extra TEXT', 'expected to know where extra of jobs goes in PostgreSQL'],
    ] as const) {
      const { folder } = await richFolder()
      await storesOf('embedded').sql(folder, change)
      await expect(move(folder, freshSchema())).rejects.toThrow(line)
    }
  })

  it('with a setting that PostgreSQL does not take', async () => {
    const { folder } = await richFolder()
    await storesOf('embedded').sql(folder, "UPDATE rate_limit_configs SET max_value = 'many'")
    await expect(move(folder, freshSchema())).rejects.toThrow(
      'expected PostgreSQL to take the rows of rate_limit_configs, got: invalid input syntax for type bigint: "many"',
    )
  })

  it('from before this version', async () => {
    const { folder } = await richFolder()
    await storesOf('embedded').sql(folder, 'PRAGMA user_version = 20')
    await expect(move(folder, freshSchema())).rejects.toThrow('got 20: start Signalbox of this version on it once')
  })

  it('into a schema that has anything of its own, or that somebody has', async () => {
    const { folder } = await richFolder()
    const schema = freshSchema()
    const store = await openStore(postgres({ url: testDatabaseUrl(), schema }))
    await expect(move(folder, schema)).rejects.toThrow('that another Signalbox process holds')
    await store.views.put({ key: 'a', name: 'a', query: '' }, { replace: false, atMost: 9 })
    await store.close()
    await expect(move(folder, schema)).rejects.toThrow('got rows in message_views that did not come from')
  })

  it('into one that another folder goes to, that has one, or when it was written to meanwhile', async () => {
    const { folder } = await richFolder()
    const schema = freshSchema()
    const cut = (said: string) => {
      if (said.startsWith('Comparing')) throw new Error('cut off')
    }
    await expect(move(folder, schema, cut)).rejects.toThrow('cut off')
    const copy = temporaryFolder()
    for (const file of ['signalbox.db', 'signalbox.db-wal']) cpSync(join(folder, file), join(copy, file))
    await expect(move(copy, schema)).rejects.toThrow(`expected ${folder} to be moved into the schema`)
    const store = await embedded({ folder }).open({ defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined })
    await store.messages.audit('test', null, null, RICH_NOW)
    await store.close()
    await expect(move(folder, schema)).rejects.toThrow('got one that was written to: drop the schema')
    await dropSchema(schema)
    await move(folder, schema)
    await expect(move(folder, schema)).rejects.toThrow('got one that was')
  })
})
