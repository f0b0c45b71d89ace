import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { accepted, claimed, entryOf, settleWrite, T0 } from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { postgresProxy } from '../../../test/support/postgres-proxy.ts'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { configOf } from './connect.ts'

const HOLD = { sms: 'hold', email: 'hold', app: 'hold', wechat: 'hold', feishu: 'hold' } as const
const CHILD = fileURLToPath(new URL('../../../test/support/ended-child.ts', import.meta.url))

/** Somebody else at the same schema. */
async function shell(schema: string): Promise<pg.Client> {
  const client = new pg.Client(configOf({ url: testDatabaseUrl(), schema }, 'lookups'))
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

const reasonOf = (asked: Promise<unknown>) =>
  asked.then(
    () => 'nothing',
    (error: unknown) => String(error),
  )

describe('a node that others end', () => {
  it('in the middle of a transaction leaves nothing of it behind, whenever what it waited for is free', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const other = await shell(schema)
    const sending = await claimed(b.store, await accepted(b.store))
    await other.query('BEGIN; LOCK TABLE traces IN SHARE MODE')
    const result = b.store.messages.settle(settleWrite(sending, 'sent'))
    const refused = reasonOf(result)
    // It has taken its claim away, and waits.
    await vi.waitFor(async () => {
      const { rows } = await other.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'signalbox writer ${schema}'`,
      )
      expect(rows).toHaveLength(1)
    }, 5_000)
    const ended = await a.store.nodes.end(b.lease, HOLD, T0)
    expect(ended?.recovered).toMatchObject([{ id: sending.id, state: 'unknown' }])
    expect(await refused).toContain('other nodes have ended this one')
    await other.query('COMMIT')
    expect(await a.store.messages.get(sending.id)).toMatchObject({ state: 'unknown' })
    expect((await a.store.traces.get(sending.id)).nodes).toEqual([])
  })

  it('while it is stopped finds that it may claim nothing once it goes on', async () => {
    const schema = temporarySchema()
    const a = await openNode(schema, nodeNamed('a'))
    const child = spawn(process.execPath, [CHILD, schema], { stdio: ['pipe', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const { lease, ids } = JSON.parse(String((await lines.next()).value)) as { lease: number; ids: [number, number] }
    child.kill('SIGSTOP')
    child.stdin.write('claim\n')
    expect(await a.store.nodes.end(lease, HOLD, T0)).toEqual({ recovered: [], freed: 2 })
    const adopted = await a.store.queue.adopt(10, 0)
    expect(adopted.map(({ id }) => id)).toEqual(ids)
    child.kill('SIGCONT')
    expect((await lines.next()).value).toMatch(/other nodes have ended this one \(child, lease \d+\)/)
    for (const entry of adopted) {
      const claim = await a.store.messages.claim({ entry, serviceId: 7, now: T0 })
      expect(claim).toMatchObject({ kind: 'claimed', record: { fence: 1 } })
    }
    child.stdin.end()
  })

  it('is ended by whoever comes next when who began to is cut off in the middle', async () => {
    const schema = temporarySchema()
    const proxy = await postgresProxy()
    const [a, b] = [await openNode(schema, nodeNamed('a'), { url: proxy.url }), await openNode(schema, nodeNamed('b'))]
    const c = await openNode(schema, nodeNamed('c'))
    const [waiting, sending] = [await accepted(b.store), await claimed(b.store, await accepted(b.store))]
    proxy.cutAt('AND ended FOR UPDATE', false)
    await expect(a.store.nodes.end(b.lease, HOLD, T0)).rejects.toMatchObject({ reason: 'not_accepting' })
    await expect(accepted(b.store)).rejects.toMatchObject({ reason: 'not_accepting' })
    // Its number is not free, and whoever looks sees one that stands still.
    const listed = async () => (await c.store.nodes.list()).map(({ name }) => name)
    expect(await listed()).toEqual(['a', 'b', 'c'])
    expect(await c.store.queue.ownerOf(entryOf(waiting))).toBe(0)
    expect(await c.store.queue.unowned(10)).toBe(0)
    const ended = await c.store.nodes.end(b.lease, HOLD, T0)
    expect(ended).toMatchObject({ freed: 1, recovered: [{ id: sending.id, state: 'unknown' }] })
    expect(await listed()).toEqual(['a', 'c'])
  })

  it('while its connection is away is told when it comes back', async () => {
    const schema = temporarySchema()
    const proxy = await postgresProxy()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'), { url: proxy.url })]
    const message = await accepted(b.store)
    await proxy.breakIt('refuse')
    const claim = b.store.messages.claim({ entry: entryOf(message), serviceId: 7, now: T0 })
    const refused = reasonOf(claim)
    expect((await a.store.nodes.end(b.lease, HOLD, T0))?.freed).toBe(1)
    await proxy.mend()
    expect(await refused).toContain('other nodes have ended this one')
    expect(b.ended).toHaveLength(1)
  })
})
