/** A server that is killed with a transaction that it has not written down: after its recovery it gives that number out again. */
import { expect, it, onTestFinished, vi } from 'vitest'
import { accepted, acceptWrite, newMessage } from '../../../test/conformance/support.ts'
import { noOwnDatabase, ownDatabase, query } from '../../../test/support/postgres-server.ts'
import { faultProxy } from '../../../test/support/services/index.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'

/** A store on a server that writes down nothing but what is committed. */
async function openStore() {
  const server = await ownDatabase()
  await query(server.url, `ALTER SYSTEM SET wal_writer_delay = '10s'`)
  await query(server.url, 'ALTER SYSTEM SET autovacuum = off')
  await query(server.url, 'CREATE TABLE others (number bigint); SELECT pg_reload_conf()')
  const proxy = await faultProxy(server.url)
  onTestFinished(() => proxy.close())
  const onCommitUnknown = vi.fn<(error: Error) => void>()
  const told = { defaults: SETTINGS_DEFAULTS, onCommitUnknown }
  const store = await postgres({ url: proxy.url, schema: 'signalbox' }).open(told)
  onTestFinished(() => store.close())
  return { server, proxy, store, onCommitUnknown }
}

for (const [what, transactions] of [
  ['is not there', 0],
  ['is that of another by now', 50],
] as const) {
  it.skipIf(noOwnDatabase())(`a commit that died with its server is refused, though its number ${what}`, async () => {
    const { server, proxy, store, onCommitUnknown } = await openStore()
    const before = await accepted(store)
    const lost = newMessage()
    proxy.cutAt('COMMIT', false, 'refuse')
    const accept = Promise.allSettled([store.messages.accept(acceptWrite([lost]))])
    await vi.waitFor(() => expect(proxy.open).toBe(0), 10_000)
    await server.kill()
    await server.start()
    const others = 'FOR i IN 1..%s LOOP INSERT INTO others VALUES (i); COMMIT; END LOOP'.replace(
      '%s',
      `${transactions}`,
    )
    await query(server.url, `DO $$ BEGIN ${others}; END $$`)
    await proxy.mend()
    expect(await accept).toMatchObject([{ status: 'rejected', reason: { reason: 'not_accepting' } }])
    expect(await store.messages.get(lost.id)).toBeNull()
    expect(await store.messages.get(before.id)).toMatchObject({ state: 'queued' })
    const after = await accepted(store)
    expect(await store.messages.get(after.id)).toMatchObject({ state: 'queued' })
    expect(onCommitUnknown).not.toHaveBeenCalled()
  })
}
