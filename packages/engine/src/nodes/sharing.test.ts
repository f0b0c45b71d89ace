import { describe, expect, it } from 'vitest'
import { entries, entry, put, settled, sharingCluster as cluster } from '../../test/support/sharing-cluster.ts'
import { FREED } from './sharing.ts'

describe('what nodes share', () => {
  it('is taken from the store at the start, as much as there is room for', async () => {
    const { node, owners, pass } = cluster()
    put(owners, entries(1, 2_000), 0)
    const a = node(1)
    a.sharing.start()
    await pass(100)
    expect(a.own()).toHaveLength(512)
    await a.sharing.stop()
  })

  it('is taken again as room comes, until nothing belongs to nobody', async () => {
    const { node, owners, pass } = cluster()
    put(owners, entries(1, 2_000), 0)
    const a = node(1)
    a.sharing.start()
    for (let i = 0; i < 200 && owners.size > 0; i++) {
      await pass(50)
      a.send(100)
    }
    expect(owners.size).toBe(0)
    await a.sharing.stop()
  })

  it('is looked for every second without a broker, and every 10 s beside one that works', async () => {
    const { node, owners, pass, broker } = cluster()
    const a = node(1)
    a.sharing.start()
    await pass(500)
    put(owners, [entry(1)], 0)
    await pass(1_000)
    expect(a.own()).toEqual([1])
    broker.isUp = true
    put(owners, [entry(2)], 0)
    await pass(8_000)
    expect(a.own()).toEqual([1])
    await pass(2_500)
    expect(a.own()).toEqual([1, 2])
    await a.sharing.stop()
  })

  it('is looked for at once when another node lets go of some', async () => {
    const { node, owners, pass, broker } = cluster()
    broker.isUp = true
    const a = node(1)
    a.sharing.start()
    await pass(100)
    put(owners, [entry(1)], 0)
    a.hears(FREED)
    await settled()
    expect(a.own()).toEqual([1])
    await a.sharing.stop()
  })

  it('is remembered when it was heard of while there was no room', async () => {
    const { node, owners, pass, broker } = cluster()
    broker.isUp = true
    const a = node(1)
    for (const each of put(owners, entries(1, 512), 1)) a.window.push(each)
    a.sharing.start()
    await pass(100)
    put(owners, [entry(1_000)], 0)
    a.hears(FREED)
    await pass(100)
    expect(a.own()).toHaveLength(512)
    a.send(512)
    await pass(200)
    expect(a.own()).toEqual([1_000])
    await a.sharing.stop()
  })

  it('goes from a node that does not send to one that does, by the broker', async () => {
    const { node, owners, broker } = cluster()
    broker.isUp = true
    const api = node(1, { works: false })
    const worker = node(2)
    api.sharing.start()
    worker.sharing.start()
    await settled()
    expect(api.sharing.hasRoom([entry(1)])).toBe(false)
    api.sharing.handOver(put(owners, [entry(1)], 0))
    expect(api.sharing.unownedAtMost).toBe(1)
    await broker.bring()
    expect(worker.own()).toEqual([1])
    expect(worker.window.size).toBe(1)
    await Promise.all([api.sharing.stop(), worker.sharing.stop()])
  })

  it('is told as it was counted, and bounded with what was handed over since, nothing twice', async () => {
    const { node, owners, pass } = cluster()
    const api = node(1, { works: false })
    api.sharing.start()
    await settled()
    api.sharing.handOver(put(owners, entries(1, 3), 0))
    expect([api.sharing.unowned, api.sharing.unownedAtMost]).toEqual([0, 3])
    await pass(1_000)
    expect([api.sharing.unowned, api.sharing.unownedAtMost]).toEqual([3, 3])
    await api.sharing.stop()
  })

  it('counts no longer once this node takes it itself, also between two counts', async () => {
    const { node, owners, pass, broker } = cluster()
    broker.isUp = true
    const a = node(1)
    a.sharing.start()
    await pass(100)
    a.sharing.handOver(put(owners, entries(1, 3), 0))
    expect(a.sharing.unownedAtMost).toBe(3)
    await broker.bring()
    expect(a.own()).toEqual([1, 2, 3])
    expect([a.sharing.unowned, a.sharing.unownedAtMost]).toEqual([0, 0])
    await a.sharing.stop()
  })

  it('always has room for a higher priority', async () => {
    const { node, owners, pass } = cluster()
    put(owners, entries(1, 1_000, 1), 0)
    const a = node(1)
    a.sharing.start()
    await pass(100)
    expect(a.sharing.hasRoom([entry(5_000, 1)])).toBe(false)
    expect(a.sharing.hasRoom([entry(5_000, 2)])).toBe(true)
    put(owners, [entry(5_000, 10)], 0)
    await pass(1_000)
    expect(a.window.take(1)).toEqual([entry(5_000, 10)])
    await a.sharing.stop()
  })

  it('leaves no room to a lane behind a closed gate, and takes none from the others', async () => {
    const { node, owners, pass } = cluster()
    put(owners, entries(1, 600), 0)
    const a = node(1)
    a.window.close('sms')
    a.sharing.start()
    await pass(100)
    expect(a.own()).toHaveLength(600)
    expect(a.sharing.hasRoom([entry(5_000, 5, 'email/api')])).toBe(true)
    await a.sharing.stop()
  })

  it('is not taken by a node that may not work, and is when it may', async () => {
    const { node, owners, pass } = cluster()
    put(owners, [entry(1)], 0)
    const a = node(1, { mayWork: false })
    a.sharing.start()
    await pass(3_000)
    expect(a.own()).toEqual([])
    a.may(true)
    await pass(2_000)
    expect(a.own()).toEqual([1])
    await a.sharing.stop()
  })

  it('goes to another that has nothing to do, from the end of a backlog, and only what is too much', async () => {
    const { node, owners, pass } = cluster()
    const a = node(1)
    const some = put(owners, entries(1, 1_000), 1)
    for (const each of some) a.window.push(each)
    a.sharing.start()
    await pass(1_200)
    expect(a.own()).toEqual(entries(1, 512).map(({ id }) => id))
    expect(a.window.size).toBe(512)
    const b = node(2)
    b.sharing.start()
    await pass(2_000)
    expect(b.own()).toEqual(entries(513, 488).map(({ id }) => id))
    await Promise.all([a.sharing.stop(), b.sharing.stop()])
  })

  it('stays where it is on the only node that sends', async () => {
    const { node, owners, pass } = cluster()
    const a = node(1, { working: 1 })
    expect(a.sharing.hasRoom(entries(1, 5_000))).toBe(true)
    for (const each of put(owners, entries(1, 5_000), 1)) a.window.push(each)
    a.sharing.start()
    await pass(3_000)
    expect(a.own()).toHaveLength(5_000)
    await a.sharing.stop()
  })
})
