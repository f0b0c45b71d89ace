import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { createFairWindow, type FairWindow } from '../queue/fair-window.ts'
import type { Broker } from '../queue/broker.ts'
import type { Entry, QueueStore } from '../queue/store.ts'
import { createRoom } from './room.ts'
import { createSharing, FREED } from './sharing.ts'

const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
const entry = (id: number, priority = 5, lane = 'sms/api'): Entry => ({ queue: 'message.send', priority, lane, id })
const entries = (from: number, count: number, priority = 5) =>
  Array.from({ length: count }, (_, i) => entry(from + i, priority))

interface Cluster {
  clock: ManualClock
  /** Whose each entry is; 0: nobody's. */
  owners: Map<number, { entry: Entry; owner: number }>
  node(lease: number, options?: { works?: boolean; working?: number; mayWork?: boolean }): Node
  broker: { published: Entry[]; isUp: boolean; bring(): Promise<void> }
  pass(ms: number): Promise<void>
}
interface Node {
  window: FairWindow
  sharing: ReturnType<typeof createSharing>
  hears(topic: string): void
  may(work: boolean): void
  /** Sends so many of what is in memory. */
  send(count: number): void
  own(): number[]
}

/** Several nodes on a store and a broker in memory, with the answers of real ones. */
function cluster(): Cluster {
  const clock = new ManualClock()
  const owners: Cluster['owners'] = new Map()
  const published: Entry[] = []
  type Taking = Parameters<Broker['consume']>[0]
  const consumers: Taking[] = []

  function storeOf(lease: number): Pick<QueueStore, 'adopt' | 'adoptThese' | 'giveUp' | 'unowned'> {
    const free = () => [...owners.values()].filter(({ owner }) => owner === 0)
    const make = (some: { entry: Entry; owner: number }[]) => {
      for (const each of some) each.owner = lease
      return some.map(({ entry: of }) => of)
    }
    return {
      adopt: async (limit, lowest) =>
        make(
          free()
            .filter(({ entry: { priority } }) => priority >= lowest)
            .toSorted((a, b) => b.entry.priority - a.entry.priority || a.entry.id - b.entry.id)
            .slice(0, limit),
        ),
      adoptThese: async (these) => make(free().filter((each) => these.some(({ id }) => id === each.entry.id))),
      async giveUp(lane, after, limit) {
        const mine = [...owners.values()].filter(
          ({ entry: of, owner }) =>
            owner === lease && of.priority === lane.priority && of.lane === lane.lane && of.id > after,
        )
        const given = mine.toSorted((a, b) => b.entry.id - a.entry.id).slice(0, limit)
        for (const each of given) each.owner = 0
        return given.map(({ entry: of }) => of)
      },
      unowned: async (limit) => Math.min(limit, free().length),
    }
  }

  const broker: Cluster['broker'] = {
    published,
    isUp: false,
    async bring() {
      for (const each of published.splice(0)) {
        for (const { room, take } of consumers) if (room(each) > 0) await take([each])
      }
    },
  }

  return {
    ...{ clock, owners, broker },
    node(lease, { works = true, working = 2, mayWork = true } = {}) {
      const heard = new Map<string, (payload: unknown) => void>()
      const load: QueueStore['load'] = async ({ priority, lane }, after, limit) => ({
        ids: [...owners.values()]
          .filter(
            ({ entry: of, owner }) => owner === lease && of.priority === priority && of.lane === lane && of.id > after,
          )
          .map(({ entry: { id } }) => id)
          .toSorted((a, b) => a - b)
          .slice(0, limit),
        untouched: [],
      })
      const window = createFairWindow({
        store: { load: async (...lane) => (await load(...lane)).ids },
        onReady: () => undefined,
        onError: (error) => {
          throw error
        },
      })
      const room = createRoom()
      const state = { mayWork, working }
      const sharing = createSharing({
        ...{ store: storeOf(lease), works, room, clock, windows: [window], window: () => window },
        shared: {
          broker: {
            get isUp() {
              return broker.isUp
            },
            async publish(some) {
              if (!broker.isUp) throw new Error('expected a broker, got none')
              published.push(...some)
            },
            async consume(taking) {
              consumers.push(taking)
            },
            hasRoom: () => undefined,
            stop: async () => undefined,
          },
          bus: {
            publish: () => undefined,
            subscribe(topic, hear) {
              heard.set(topic, hear)
              return () => heard.delete(topic)
            },
          },
        },
        membership: state,
        maxBacklog: () => 1_000_000,
        onError: (_where, error) => {
          throw error
        },
      })
      return {
        ...{ window, sharing },
        hears: (topic) => heard.get(topic)?.(null),
        may: (work) => (state.mayWork = work),
        send(count) {
          for (const sent of window.take(count)) {
            room.handedOut(1)
            owners.delete(sent.id)
            window.release(sent)
          }
        },
        own: () =>
          [...owners.values()]
            .filter(({ owner }) => owner === lease)
            .map(({ entry: { id } }) => id)
            .toSorted((a, b) => a - b),
      }
    },
    async pass(ms) {
      for (let left = ms; left > 0; left -= 50) {
        clock.advance(Math.min(50, left))
        await settled()
        await settled()
      }
    },
  }
}

function put(owners: Cluster['owners'], some: readonly Entry[], owner: number): readonly Entry[] {
  for (const each of some) owners.set(each.id, { entry: each, owner })
  return some
}

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
    expect(api.sharing.unowned).toBe(1)
    await broker.bring()
    expect(worker.own()).toEqual([1])
    expect(worker.window.size).toBe(1)
    await Promise.all([api.sharing.stop(), worker.sharing.stop()])
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
