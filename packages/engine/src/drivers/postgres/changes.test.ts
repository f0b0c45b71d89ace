import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { acceptWrite, newMessage, T0 } from '../../../test/conformance/support.ts'
import { postgresProxy } from '../../../test/support/postgres-proxy.ts'
import { dropSchema, query, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { Store } from '../../driver.ts'
import type { StoreChange } from '../../nodes/changes.ts'
import { SERVICE_DEFAULTS, type ServiceInput } from '../../services/services.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'
import { changesChannel } from './schema/changes.ts'

interface Opened {
  store: Store
  /** What the store has told so far. */
  told: StoreChange[]
  /** Plain SQL of somebody else. */
  sql(statement: string): Promise<unknown>
  schema: string
}

async function openStore(url = testDatabaseUrl()): Promise<Opened> {
  const schema = storesOf('postgres').make()
  const told: StoreChange[] = []
  const store = await postgres({ url, schema }).open({
    ...{ defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined },
    onChanged: (change) => void told.push(change),
  })
  onTestFinished(async () => {
    await store.close()
    await dropSchema(schema)
  })
  return { store, told, schema, sql: (statement) => storesOf('postgres').sql(schema, statement) }
}

const WAIT = { timeout: 10_000 }

const suppress = (recipient: string) =>
  `INSERT INTO suppressions (channel, recipient, purpose, reason, created_at) VALUES ('sms', '${recipient}', 'all', 'manual', 1)`

const service: ServiceInput = {
  ...SERVICE_DEFAULTS,
  ...{ name: 'sms', channel: 'sms', adapter: 'x', settings: {}, priority: 1, enabled: true },
}

describe('what a store on PostgreSQL tells of the writes of others', () => {
  it.each([
    [suppress('a'), { kind: 'suppressions', ids: [1] }],
    [
      "INSERT INTO templates (name, channel, format, content, variables, status, version, has_draft, revision, created_at, updated_at) VALUES ('t', 'sms', 'text', 'x', '[]', 'draft', 0, true, 1, 1, 1)",
      { kind: 'templates', ids: [1] },
    ],
    [
      "INSERT INTO template_experiments (template_id, version_a, version_b, share_b, planned, state, started_at) VALUES (7, 1, 2, 50, 100, 'running', 1)",
      { kind: 'templates', ids: [7] },
    ],
    ["INSERT INTO service_secrets VALUES (9, 'token', 'k', '', '')", { kind: 'services', ids: [9] }],
    ["INSERT INTO alerts (alert, state, since) VALUES ('backlog', 'firing', 1)", { kind: 'alerts' }],
    ["INSERT INTO message_views VALUES ('a', 'A', '')", { kind: 'views' }],
    [
      "INSERT INTO bulk_actions (id, action, filter, note, state, total, started_at) VALUES (5, 'retry', '{}', '', 'running', 1, 1)",
      { kind: 'bulk', ids: [5] },
    ],
    ["UPDATE system_config SET value = '7' WHERE key = 'delivery.max_retries'", { kind: 'settings' }],
  ] as [string, StoreChange][])('names what plain SQL wrote: %s', async (statement, change) => {
    const { told, sql } = await openStore()
    await sql(statement)
    await expect.poll(() => told.splice(0), WAIT).toContainEqual(change)
  })

  it('names what was changed and removed', async () => {
    const { store, told, sql } = await openStore()
    const { id } = await store.services.insert(service, T0)
    await sql('UPDATE services SET weight = 2')
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'services', ids: [id] })
    await sql('DELETE FROM services')
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'services', ids: [id] })
    await sql('TRUNCATE services')
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'services', ids: null })
  })

  it('names none of too many, and as many as it can in one notice', async () => {
    const { told, sql } = await openStore()
    // As long as ids become.
    const start = (count: number, from: number) =>
      `INSERT INTO bulk_actions (id, action, filter, note, state, total, started_at)
       SELECT 90071992547${from} + i, 'retry', '{}', '', 'running', 1, 1 FROM generate_series(1, ${count}) AS i`
    await sql(start(300, 40_000))
    await vi.waitFor(() => expect(told).toHaveLength(1), 10_000)
    expect(told[0]).toMatchObject({ kind: 'bulk', ids: { length: 300 } })
    told.length = 0
    await sql(start(301, 50_000))
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'bulk', ids: null })
  })

  it('is silent on what it wrote itself, and on messages', async () => {
    const { store, told, sql } = await openStore()
    await store.suppressions.add({
      ...{ channel: 'sms', recipient: 'own', reason: 'manual', purpose: 'all' },
      ...{ detail: null, recordId: null, createdAt: T0 },
    })
    await store.services.insert(service, T0)
    await store.messages.accept(acceptWrite([newMessage()]))
    await sql(suppress('theirs'))
    // Told in the order of the commits: by now it would be there.
    await vi.waitFor(() => expect(told).toContainEqual({ kind: 'suppressions', ids: [2] }), 10_000)
    expect(told).toEqual([{ kind: 'suppressions', ids: [2] }])
  })

  it('is silent on what was rolled back, and on statements that found nothing', async () => {
    const { told, sql } = await openStore()
    await sql(
      `BEGIN; ${suppress('never')}; ROLLBACK; DELETE FROM suppressions; UPDATE services SET weight = 2; ${suppress('a')}`,
    )
    await vi.waitFor(() => expect(told).toContainEqual({ kind: 'suppressions', ids: [2] }), 10_000)
    expect(told).toEqual([{ kind: 'suppressions', ids: [2] }])
  })

  it('is everything, once its connection is back', async () => {
    const proxy = await postgresProxy()
    const { told, sql } = await openStore(proxy.url)
    await proxy.breakIt('refuse')
    await sql(suppress('meanwhile'))
    expect(told).toEqual([])
    await proxy.mend()
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'all' })
    await sql(suppress('after'))
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'suppressions', ids: [2] })
  })

  it('is everything, where it cannot be read: a newer Signalbox may have written it', async () => {
    const { told, schema } = await openStore()
    await query(testDatabaseUrl(), `SELECT pg_notify('${changesChannel(schema)}', '{"kind":"robots"}')`)
    await expect.poll(() => told.splice(0), WAIT).toContainEqual({ kind: 'all' })
  })
})

describe('a service changed by plain SQL', () => {
  it('is another one for an engine that has read it before', async () => {
    const { store, sql } = await openStore()
    const read = await store.services.insert(service, T0)
    await sql('UPDATE services SET weight = 5')
    expect(await store.services.update({ ...read, paused: true }, T0)).toBeNull()
  })
})
