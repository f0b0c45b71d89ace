/** A standby takes the place of a PostgreSQL that died: the address leads to it from then on. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { accepted, acceptWrite, newMessage } from '../../../test/conformance/support.ts'
import { noOwnDatabase, ownDatabase, ownStandby, query } from '../../../test/support/postgres-server.ts'
import { faultProxy, type OwnServer } from '../../../test/support/services/index.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'

async function openStore() {
  const primary = await ownDatabase()
  const standby = await ownStandby(primary)
  const proxy = await faultProxy(primary.url)
  onTestFinished(() => proxy.close())
  const onCommitUnknown = vi.fn<(error: Error) => void>()
  const told = { defaults: SETTINGS_DEFAULTS, onCommitUnknown }
  const open = () => postgres({ url: proxy.url, schema: 'signalbox' }).open(told)
  const store = await open()
  onTestFinished(() => store.close())
  const promote = async () => {
    await query(standby.url, 'SELECT pg_promote()')
    proxy.leadTo(standby.url)
  }
  return { primary, standby, store, open, promote, onCommitUnknown, proxy }
}

/** From now on a commit is confirmed once the standby has it. */
async function waitForStandby(primary: OwnServer): Promise<void> {
  await query(primary.url, `ALTER SYSTEM SET synchronous_standby_names = '*'`)
  await query(primary.url, 'SELECT pg_reload_conf()')
  await vi.waitFor(async () => {
    const followers = await query(primary.url, 'SELECT sync_state FROM pg_stat_replication')
    expect(followers).toEqual([{ sync_state: 'sync' }])
  }, 10_000)
}

it.skipIf(noOwnDatabase())('a standby that has every commit is gone on with, in the middle of the work', async () => {
  const { primary, store, promote, onCommitUnknown } = await openStore()
  await waitForStandby(primary)
  const kept: number[] = []
  let goes = true
  const working = (async () => {
    while (goes) {
      const message = newMessage()
      const took = await store.messages.accept(acceptWrite([message])).catch(() => null)
      if (took) kept.push(message.id)
      // Refused at once while the server is away.
      else await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  const moreThan = (count: number) => vi.waitFor(() => expect(kept.length).toBeGreaterThan(count), 20_000)
  await moreThan(50)
  await primary.kill()
  const before = kept.length
  await promote()
  await moreThan(before + 50)
  goes = false
  await working
  for (const id of kept) expect(await store.messages.get(id)).toMatchObject({ state: 'queued' })
  expect(onCommitUnknown).not.toHaveBeenCalled()
})

it.skipIf(noOwnDatabase())('one that lacks a commit is found: nothing more is taken before a restart', async () => {
  const { primary, standby, store, open, promote, onCommitUnknown } = await openStore()
  const before = await accepted(store)
  const { lsn } = (await query(primary.url, 'SELECT pg_current_wal_lsn()::text AS lsn'))[0] as { lsn: string }
  await vi.waitFor(async () => {
    const told = await query(standby.url, `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS has`)
    expect(told).toEqual([{ has: true }])
  }, 10_000)
  await standby.stop()
  const lost = await accepted(store)
  await primary.kill()
  await standby.start()
  await promote()
  await vi.waitFor(() => expect(onCommitUnknown).toHaveBeenCalledOnce(), 20_000)
  expect(String(onCommitUnknown.mock.calls[0]?.[0])).toContain('PostgreSQL went back to an earlier state')
  await expect(accepted(store)).rejects.toMatchObject({ reason: 'not_accepting' })
  await store.close()
  const next = await open()
  onTestFinished(() => next.close())
  expect(await next.messages.get(before.id)).toMatchObject({ state: 'queued' })
  expect(await next.messages.get(lost.id)).toBeNull()
  const after = await accepted(next)
  expect(await next.messages.get(after.id)).toMatchObject({ state: 'queued' })
})

it.skipIf(noOwnDatabase())('a commit that only the primary has is confirmed once the standby has it too', async () => {
  const { primary, standby, store, proxy } = await openStore()
  await waitForStandby(primary)
  await standby.stop()
  const waitsForStandby = async () => {
    const text = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    const waiting = await query(primary.url, text)
    expect(waiting).toHaveLength(1)
    return waiting[0]?.['pid']
  }
  const accept = vi.fn<(took: unknown) => void>()
  const message = newMessage()
  const accepting = store.messages.accept(acceptWrite([message])).then(accept)
  const committing = await vi.waitFor(waitsForStandby, 10_000)
  proxy.resetAll()
  // On another connection: it has found the commit, and waits as that did.
  await vi.waitFor(async () => expect(await waitsForStandby()).not.toBe(committing), 10_000)
  expect(await query(primary.url, `SELECT count(*)::int FROM signalbox.messages WHERE id = ${message.id}`)).toEqual([
    { count: 1 },
  ])
  expect(accept).not.toHaveBeenCalled()
  await standby.start()
  await accepting
  expect(accept).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ kind: 'accepted' }))
})
