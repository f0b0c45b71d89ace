import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { accepted, acceptWrite, entryOf, newMessage, T0 } from '../../../test/conformance/support.ts'
import { postgresProxy, type PostgresProxy } from '../../../test/support/postgres-proxy.ts'
import { dropSchema, query, testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { Store } from '../../driver.ts'
import type { StoreChange } from '../../nodes/changes.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'

interface Opened {
  store: Store
  proxy: PostgresProxy
  schema: string
  /** What the engine is told: the reason, or null. */
  onWritable: ReturnType<typeof vi.fn<(refused: string | null) => void>>
  onCommitUnknown: ReturnType<typeof vi.fn<(error: Error) => void>>
  onChanged: ReturnType<typeof vi.fn<(change: StoreChange) => void>>
}

async function openStore(): Promise<Opened> {
  const proxy = await postgresProxy()
  const schema = storesOf('postgres').make()
  const [onWritable, onCommitUnknown] = [vi.fn<(refused: string | null) => void>(), vi.fn<(error: Error) => void>()]
  const onChanged = vi.fn<(change: StoreChange) => void>()
  const store = await postgres({ url: proxy.url, schema }).open({
    ...{ defaults: SETTINGS_DEFAULTS, onWritable, onCommitUnknown, onChanged },
  })
  onTestFinished(async () => {
    await store.close()
    await dropSchema(schema)
  })
  return { store, proxy, schema, onWritable, onCommitUnknown, onChanged }
}

const back = ({ onWritable }: Opened) => vi.waitFor(() => expect(onWritable).toHaveBeenLastCalledWith(null), 10_000)
const end = (schema: string) =>
  query(
    testDatabaseUrl(),
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'signalbox % ${schema}'`,
  )

describe('a store whose PostgreSQL ends its connections', () => {
  it('says that it takes nothing, comes back by itself, and hears of settings again', async () => {
    const opened = await openStore()
    const { store, schema, onWritable, onCommitUnknown, onChanged } = opened
    const before = await accepted(store)
    await end(schema)
    await vi.waitFor(() => expect(onWritable).toHaveBeenCalledWith(expect.stringContaining('no connection')), 10_000)
    await back(opened)
    await vi.waitFor(async () => expect(await store.messages.get(before.id)).toMatchObject({ state: 'queued' }), 10_000)
    const after = await accepted(store)
    expect(await store.messages.get(after.id)).toMatchObject({ state: 'queued' })
    expect(onChanged).toHaveBeenLastCalledWith({ kind: 'all' })
    onChanged.mockClear()
    await storesOf('postgres').sql(schema, "UPDATE system_config SET value = '7' WHERE key = 'delivery.max_retries'")
    await vi.waitFor(() => expect(onChanged).toHaveBeenCalledWith({ kind: 'settings' }), 10_000)
    expect(onCommitUnknown).not.toHaveBeenCalled()
  })

  it('refuses what its callers may bring again, and writes what the engine must, as soon as it can', async () => {
    const opened = await openStore()
    const { store, proxy, onWritable } = opened
    const message = await accepted(store)
    await proxy.breakIt('refuse')
    await vi.waitFor(() => expect(onWritable).toHaveBeenCalled(), 10_000)
    await expect(accepted(store)).rejects.toMatchObject({ reason: 'not_accepting', retryAfterMs: 500 })
    const claim = store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 })
    await expect(store.messages.get(message.id)).rejects.toMatchObject({ reason: 'not_accepting' })
    await proxy.mend()
    expect(await claim).toMatchObject({ kind: 'claimed', record: { attempt: 1, fence: 1 } })
  })
})

describe('a commit that nobody confirmed', () => {
  it('was made, when the server says so: its callers are told as ever', async () => {
    const opened = await openStore()
    const { store, proxy, onCommitUnknown } = opened
    const message = await accepted(store)
    const next = newMessage()
    proxy.cutAt('COMMIT', true)
    const results = await Promise.all([
      store.messages.accept(acceptWrite([next])),
      store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 }),
    ])
    expect(results).toMatchObject([{ kind: 'accepted' }, { kind: 'claimed', record: { fence: 1 } }])
    await back(opened)
    expect(await store.messages.get(next.id)).toMatchObject({ state: 'queued' })
    expect(await store.messages.get(message.id)).toMatchObject({ state: 'sending', attempt: 1 })
    expect((await store.stats.audit(10)).strays).toEqual([])
    expect(onCommitUnknown).not.toHaveBeenCalled()
  })

  it('was not made, when the server says so: an accept is refused, a claim is made anew', async () => {
    const opened = await openStore()
    const { store, proxy, onCommitUnknown } = opened
    const message = await accepted(store)
    const next = newMessage()
    proxy.cutAt('COMMIT', false)
    const [accept, claim] = await Promise.allSettled([
      store.messages.accept(acceptWrite([next])),
      store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 }),
    ])
    expect(accept).toMatchObject({ status: 'rejected', reason: { reason: 'not_accepting' } })
    expect(claim).toMatchObject({ value: { kind: 'claimed', record: { attempt: 1, fence: 1 } } })
    await back(opened)
    expect(await store.messages.get(next.id)).toBeNull()
    expect(await store.stats.states()).toContainEqual({ channel: 'sms', state: 'sending', count: 1 })
    expect(onCommitUnknown).not.toHaveBeenCalled()
  })

  it('is waited for, however long the server is away', async () => {
    const opened = await openStore()
    const { store, proxy, onWritable, onCommitUnknown } = opened
    const next = newMessage()
    proxy.cutAt('COMMIT', true, 'reset')
    const accept = store.messages.accept(acceptWrite([next]))
    await vi.waitFor(() => expect(onWritable).toHaveBeenCalledWith(expect.stringContaining('no connection')), 10_000)
    const later = performance.now() + 600_000
    const time = vi.spyOn(performance, 'now').mockReturnValue(later)
    onTestFinished(() => time.mockRestore())
    // Twice more in vain.
    const tried = proxy.connections
    await vi.waitFor(() => expect(proxy.connections).toBeGreaterThan(tried + 1), 10_000)
    await proxy.mend()
    expect(await accept).toMatchObject({ kind: 'accepted' })
    expect(await store.messages.get(next.id)).toMatchObject({ state: 'queued' })
    expect(onCommitUnknown).not.toHaveBeenCalled()
  })

  it('leaves nothing half: what is cut off before is undone', async () => {
    const opened = await openStore()
    const { store, proxy } = opened
    const next = newMessage()
    proxy.cutAt('BEGIN', true)
    await expect(store.messages.accept(acceptWrite([next]))).rejects.toMatchObject({ reason: 'not_accepting' })
    await back(opened)
    expect(await store.messages.get(next.id)).toBeNull()
    await store.messages.accept(acceptWrite([next]))
    expect(await store.messages.get(next.id)).toMatchObject({ state: 'queued' })
  })
})

describe('a server that has lost what it confirmed', () => {
  it('is written to no more: what the engine knows is not what the store knows', async () => {
    const opened = await openStore()
    const { store, schema, onWritable, onCommitUnknown } = opened
    await accepted(store)
    const { sql } = storesOf('postgres')
    await sql(schema, 'UPDATE node_commits SET number = number - 1')
    await end(schema)
    await vi.waitFor(() => expect(onCommitUnknown).toHaveBeenCalledOnce(), 10_000)
    expect(String(onCommitUnknown.mock.calls[0]?.[0])).toMatch(
      /expected the last transaction of this node .* number (\d+), which was confirmed, got number \d+: PostgreSQL went back/,
    )
    await expect(accepted(store)).rejects.toMatchObject({ reason: 'not_accepting' })
    expect(onWritable).not.toHaveBeenLastCalledWith(null)
  })
})

describe('a transaction whose statistics cannot be written', () => {
  it('is undone, although its commit was asked for with them', async () => {
    const { store, schema } = await openStore()
    const shell = storesOf('postgres').sql
    await shell(schema, 'ALTER TABLE state_counts RENAME TO elsewhere')
    const next = newMessage()
    await expect(store.messages.accept(acceptWrite([next]))).rejects.toThrow(/state_counts/)
    expect(await store.messages.get(next.id)).toBeNull()
    await shell(schema, 'ALTER TABLE elsewhere RENAME TO state_counts')
    await store.messages.accept(acceptWrite([next]))
    expect(await store.stats.states()).toContainEqual({ channel: 'sms', state: 'queued', count: 1 })
  })
})

describe('a schema', () => {
  it('that a newer Signalbox wrote is refused', async () => {
    const schema = storesOf('postgres').make()
    onTestFinished(() => dropSchema(schema))
    const options = { defaults: SETTINGS_DEFAULTS, onCommitUnknown: () => undefined }
    const driver = postgres({ url: testDatabaseUrl(), schema })
    await (await driver.open(options)).close()
    await storesOf('postgres').sql(schema, 'INSERT INTO schema_steps (step) VALUES (99)')
    await expect(driver.open(options)).rejects.toThrow(/at most step \d+, got 99: it was written by a newer Signalbox/)
  })

  it('has a name that needs no quotes', () => {
    expect(() => postgres({ url: '', schema: 'a"b' })).toThrow('expected schema to be lower-case letters')
  })
})
