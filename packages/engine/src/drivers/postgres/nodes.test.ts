import { describe, expect, it, onTestFinished } from 'vitest'
import type { Channel } from '@signalbox/contracts'
import {
  accepted,
  acceptWrite,
  claimed,
  entryOf,
  newMessage,
  SERVICE,
  settleWrite,
  T0,
} from '../../../test/conformance/support.ts'
import { nodeNamed, openNode, temporarySchema } from '../../../test/support/nodes.ts'
import { testDatabaseUrl } from '../../../test/support/postgres-server.ts'
import { storesOf } from '../../../test/support/stores.ts'
import type { Store } from '../../driver.ts'
import { ownersOf } from '../../lock/lock.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { postgres } from '../postgres.ts'

const policies = (policy: 'hold' | 'retry'): Record<Channel, 'hold' | 'retry'> => ({
  ...{ sms: policy, email: policy, app: policy, wechat: policy, feishu: policy },
})
const lane = { queue: 'message.send', priority: 5, lane: 'sms/api' } as const
const idsOf = async (store: Store) => (await store.queue.load(lane, 0, 100)).ids
const listed = async (store: Store) => (await store.nodes.list()).map(({ number, name }) => [number, name])

describe('nodes on one schema', () => {
  it('begin at once without harm, each with a number and a lease of its own', async () => {
    const schema = temporarySchema()
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    const nodes = await Promise.all(names.map((name) => openNode(schema, nodeNamed(name))))
    const numbers = nodes.map(({ store }) => store.nodes.self.number)
    expect(numbers.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(nodes.map(({ lease }) => lease)).size).toBe(names.length)
    const told = await nodes[0]?.store.nodes.list()
    expect(told?.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4, 5])
    expect(new Set(told?.map(({ name }) => name))).toEqual(new Set(names))
  })

  it('say who they are, and go on being counted for as long as they renew', async () => {
    const schema = temporarySchema()
    const { store, lease } = await openNode(schema, { name: 'w-1', role: 'worker', version: '2.1' })
    const problems = [{ table: 'system_config', row: 'x', message: 'no' }] as never
    expect(await store.nodes.renew({ revision: 3, problems })).toBe(true)
    const [first] = await store.nodes.list()
    expect(first).toMatchObject({ lease, number: 0, name: 'w-1', role: 'worker', version: '2.1', beats: 1 })
    expect(first).toMatchObject({ settingsRevision: 3, settingsProblems: problems })
    await store.nodes.renew({ revision: 3, problems: [] })
    expect(await store.nodes.list()).toMatchObject([
      { beats: 2, settingsAppliedAt: first?.settingsAppliedAt, settingsProblems: [] },
    ])
  })

  it('are at most 32: one more is told who has them all', async () => {
    const schema = temporarySchema()
    const { store } = await openNode(schema, nodeNamed('first'))
    await storesOf('postgres').sql(
      schema,
      `INSERT INTO nodes (lease, number, name, role, version, joined_at, settings_applied_at)
       SELECT 1000 + n, n, 'n' || n, 'all', '', 0, 0 FROM generate_series(1, 31) n`,
    )
    await expect(openNode(schema, nodeNamed('one more'))).rejects.toThrow(
      /expected one of 32 node numbers to be free, got all of them taken: first, n1, n2/,
    )
    expect(await store.nodes.end(1005, policies('hold'), T0)).toEqual({ recovered: [], freed: 0 })
    expect((await openNode(schema, nodeNamed('one more'))).store.nodes.self.number).toBe(5)
  })

  it('keep out a process that has PostgreSQL alone, and are kept out by one', async () => {
    const schema = temporarySchema()
    const open = () =>
      postgres({ url: testDatabaseUrl(), schema }).open({
        defaults: SETTINGS_DEFAULTS,
        onCommitUnknown: () => undefined,
      })
    const { store } = await openNode(schema, nodeNamed('a'))
    await expect(open()).rejects.toThrow('another Signalbox process holds')
    const message = await accepted(store)
    await store.close()
    const alone = await open()
    onTestFinished(() => alone.close())
    expect(await idsOf(alone)).toEqual([message.id])
    expect(await listed(alone)).toEqual([[0, 'signalbox']])
    await expect(openNode(schema, nodeNamed('a'))).rejects.toThrow('holds for itself alone')
  })

  it('own what they accept, unless they do not work or say that nobody does', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const api = await openNode(schema, nodeNamed('c', 'api'))
    const [mine, yours, nobodys] = [await accepted(a.store), await accepted(b.store), await accepted(api.store)]
    const unowned = newMessage()
    await a.store.messages.accept(acceptWrite([unowned], { unowned: true }))
    expect([await idsOf(a.store), await idsOf(b.store), await idsOf(api.store)]).toEqual([[mine.id], [yours.id], []])
    expect(await b.store.queue.unowned(10)).toBe(2)
    expect(await b.store.queue.unowned(1)).toBe(1)
    const owners = await Promise.all(
      [mine, yours, nobodys, unowned].map((each) => a.store.queue.ownerOf(entryOf(each))),
    )
    expect(owners).toEqual([a.lease, b.lease, 0, 0])
    const claim = { entry: entryOf(mine), serviceId: SERVICE, now: T0 }
    expect(await b.store.messages.claim(claim)).toEqual({ kind: 'gone' })
    const hold = { entry: entryOf(mine), reason: 'rate_limit', dueAt: T0 + 1, now: T0 } as const
    expect(await b.store.messages.hold(hold)).toBeNull()
    expect(await b.store.messages.cancel(mine.id, T0)).toMatchObject({ moved: true })
    expect(await a.store.messages.claim(claim)).toEqual({ kind: 'gone' })
    expect(await a.store.queue.ownerOf(entryOf(mine))).toBeNull()
  })

  it('own what they promote, each some of it', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const ids: number[] = []
    for (let i = 0; i < 20; i++) ids.push((await accepted(a.store, { dueAt: T0 + 1 })).id)
    const promoted = await Promise.all([a, b, a, b].map(({ store }) => store.queue.promote(T0 + 1, 5)))
    expect(promoted.flatMap(({ entries }) => entries.map(({ id }) => id)).toSorted((x, y) => x - y)).toEqual(ids)
    expect((await idsOf(a.store)).length + (await idsOf(b.store)).length).toBe(20)
  })
})

describe('what belongs to nobody', () => {
  const flows = ['one', 'two', 'three']

  it('is taken by priority, the lanes of one in turns, the oldest first, and never twice', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    for (const flow of flows) {
      const batch = Array.from({ length: flow === 'one' ? 100 : 4 }, () => newMessage({ flow }))
      await a.store.messages.accept(acceptWrite(batch, { unowned: true }))
    }
    const urgent = newMessage({ priority: 9 })
    await a.store.messages.accept(acceptWrite([urgent], { unowned: true }))
    expect(await a.store.queue.adopt(10, 10)).toEqual([])
    const first = await a.store.queue.adopt(10, 0)
    expect(first[0]).toEqual(entryOf(urgent))
    const lanes = (entries: typeof first) => entries.slice(1).map(({ lane: of }) => of)
    for (const flow of flows) expect(lanes(first).filter((of) => of === `sms/${flow}`)).toHaveLength(3)
    const rest = await Promise.all([b.store.queue.adopt(60, 0), a.store.queue.adopt(60, 0), b.store.queue.adopt(60, 0)])
    while (await a.store.queue.unowned(1)) rest.push(await a.store.queue.adopt(60, 0))
    const all = [first, ...rest].flat().map(({ id }) => id)
    expect(all).toHaveLength(109)
    expect(new Set(all).size).toBe(109)
  })

  it('reaches every lane though there are more than are taken at once', async () => {
    const schema = temporarySchema()
    const { store } = await openNode(schema, nodeNamed('a'))
    for (let i = 0; i < 30; i++) {
      const batch = Array.from({ length: 20 }, () => newMessage({ flow: `f${i}` }))
      await store.messages.accept(acceptWrite(batch, { unowned: true }))
    }
    const lanes = new Set<string>()
    for (let i = 0; i < 6; i++) for (const entry of await store.queue.adopt(5, 0)) lanes.add(entry.lane)
    expect(lanes.size).toBe(30)
  })

  it('goes to one of those who are told of it', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const batch = Array.from({ length: 8 }, () => newMessage())
    await a.store.messages.accept(acceptWrite(batch, { unowned: true }))
    const entries = batch.map(entryOf)
    const taken = await Promise.all([a, b, a].map(({ store }) => store.queue.adoptThese(entries)))
    expect(
      taken
        .flat()
        .map(({ id }) => id)
        .toSorted((x, y) => x - y),
    ).toEqual(batch.map(({ id }) => id))
    expect(await b.store.queue.adoptThese(entries)).toEqual([])
  })

  it('is also what a node gives up: the newest of a lane, but for those before an id', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const ids: number[] = []
    for (let i = 0; i < 6; i++) ids.push((await accepted(a.store)).id)
    const given = await a.store.queue.giveUp(lane, ids[3] as number, 10)
    expect(given.map(({ id }) => id)).toEqual(ids.slice(4))
    expect((await a.store.queue.giveUp(lane, 0, 1)).map(({ id }) => id)).toEqual([ids[3]])
    expect((await b.store.queue.adopt(10, 0)).map(({ id }) => id)).toEqual(ids.slice(3))
    expect(await idsOf(a.store)).toEqual(ids.slice(0, 3))
  })
})

describe('the end of a node', () => {
  it('frees what it had, recovers what it was sending by the policies, and gives its number to others', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const waiting = await accepted(b.store)
    const [sending, other] = [await claimed(b.store, await accepted(b.store)), await accepted(a.store)]
    const mine = await claimed(a.store, other)
    const told = await claimed(b.store, await accepted(b.store))
    await a.store.messages.receipt({ recordId: told.id, state: 'delivered', at: T0 }, T0)
    const ended = await a.store.nodes.end(b.lease, policies('hold'), T0)
    expect(ended?.freed).toBe(1)
    expect(new Map(ended?.recovered.map(({ id, state }) => [id, state]))).toEqual(
      new Map([
        [sending.id, 'unknown'],
        [told.id, 'delivered'],
      ]),
    )
    expect(await a.store.messages.get(sending.id)).toMatchObject({ state: 'unknown', errorCode: 'crashed' })
    expect(await a.store.messages.get(mine.id)).toMatchObject({ state: 'sending' })
    expect(await a.store.queue.adopt(10, 0)).toEqual([entryOf(waiting)])
    expect(await listed(a.store)).toEqual([[0, 'a']])
    expect(await a.store.nodes.end(b.lease, policies('hold'), T0)).toBeNull()
    expect((await openNode(schema, nodeNamed('c'))).store.nodes.self.number).toBe(1)
    expect((await a.store.stats.audit(10)).strays).toEqual([])
  })

  it('leaves it unable to write: its callers are refused, and it is told once', async () => {
    const schema = temporarySchema()
    const [a, b] = [await openNode(schema, nodeNamed('a')), await openNode(schema, nodeNamed('b'))]
    const record = await claimed(b.store, await accepted(b.store))
    await a.store.nodes.end(b.lease, policies('retry'), T0)
    const late = b.store.messages.settle(settleWrite(record, 'sent'))
    await expect(late).rejects.toMatchObject({ reason: 'not_accepting', message: /other nodes have ended this one/ })
    await expect(accepted(b.store)).rejects.toThrow('other nodes have ended this one')
    await expect(b.store.nodes.renew({ revision: 1, problems: [] })).rejects.toThrow('other nodes have ended this one')
    expect(b.ended).toHaveLength(1)
    expect(await a.store.messages.get(record.id)).toMatchObject({ state: 'queued', attempt: 1 })
  })

  it('comes at once when the same name begins again: what it had goes over, and is recovered there', async () => {
    const schema = temporarySchema()
    const first = await openNode(schema, nodeNamed('a'))
    const waiting = await accepted(first.store)
    const sending = await claimed(first.store, await accepted(first.store))
    const second = await openNode(schema, nodeNamed('a'))
    expect(second.lease).not.toBe(first.lease)
    expect(second.store.nodes.self.number).toBe(0)
    await expect(accepted(first.store)).rejects.toThrow('other nodes have ended this one')
    expect(await idsOf(second.store)).toEqual([waiting.id])
    expect(await second.store.messages.recover(policies('hold'), T0)).toEqual({ unknown: 1, requeued: 0 })
    expect(await second.store.messages.get(sending.id)).toMatchObject({ state: 'unknown' })
    expect(await listed(second.store)).toEqual([[0, 'a']])
  })

  it('frees what it had when it begins again and works no more', async () => {
    const schema = temporarySchema()
    const first = await openNode(schema, nodeNamed('a'))
    await accepted(first.store)
    const second = await openNode(schema, nodeNamed('a', 'api'))
    expect(await second.store.queue.unowned(10)).toBe(1)
  })

  it('frees the locks that it held, by whichever way it comes, and no others', async () => {
    const schema = temporarySchema()
    const [a, b, c] = [
      await openNode(schema, nodeNamed('a')),
      await openNode(schema, nodeNamed('b')),
      await openNode(schema, nodeNamed('c')),
    ]
    const take = ({ store, lease }: typeof a, key: string) =>
      store.locks.acquire(key, `${ownersOf(lease)}x`, 60_000, T0)
    await Promise.all([take(a, 'of a'), take(b, 'of b'), take(c, 'of c')])
    expect(await take(a, 'of b')).toBeNull()
    await a.store.nodes.end(b.lease, policies('hold'), T0)
    expect(await take(a, 'of b')).toMatchObject({ fence: 2 })
    expect(await take(a, 'of c')).toBeNull()
    const again = await openNode(schema, nodeNamed('c'))
    expect(await take(again, 'of c')).toMatchObject({ fence: 2 })
    expect(await take(again, 'of a')).toBeNull()
  })

  it('does not touch what others are sending when a node begins', async () => {
    const schema = temporarySchema()
    const a = await openNode(schema, nodeNamed('a'))
    const record = await claimed(a.store, await accepted(a.store))
    const b = await openNode(schema, nodeNamed('b'))
    expect(await b.store.messages.recover(policies('hold'), T0)).toEqual({ unknown: 0, requeued: 0 })
    expect(await a.store.messages.settle(settleWrite(record, 'sent'))).toMatchObject({ state: 'sent' })
  })

  it('that it makes itself leaves nothing behind, or what is still being sent to those who stay', async () => {
    const schema = temporarySchema()
    const [a, b, c] = [
      await openNode(schema, nodeNamed('a')),
      await openNode(schema, nodeNamed('b')),
      await openNode(schema, nodeNamed('c')),
    ]
    await accepted(b.store)
    const sending = await claimed(c.store, await accepted(c.store))
    await Promise.all([b.store.nodes.leave(), c.store.nodes.leave()])
    expect(await a.store.queue.unowned(10)).toBe(1)
    expect(await listed(a.store)).toEqual([
      [0, 'a'],
      [2, 'c'],
    ])
    await expect(accepted(b.store)).rejects.toThrow('the node b has left')
    expect((await a.store.nodes.end(c.lease, policies('hold'), T0))?.recovered).toMatchObject([{ id: sending.id }])
    expect(await listed(a.store)).toEqual([[0, 'a']])
  })
})
