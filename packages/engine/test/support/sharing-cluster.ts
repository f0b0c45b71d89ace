/** What several nodes share, on a store and a broker in memory. */
import { ManualClock } from './manual-clock.ts'
import { createFairWindow, type FairWindow } from '../../src/queue/fair-window.ts'
import type { Broker } from '../../src/queue/broker.ts'
import type { Entry, QueueStore } from '../../src/queue/store.ts'
import { createRoom } from '../../src/nodes/room.ts'
import { createSharing } from '../../src/nodes/sharing.ts'

export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))
export const entry = (id: number, priority = 5, lane = 'sms/api'): Entry => ({
  queue: 'message.send',
  priority,
  lane,
  id,
})
export const entries = (from: number, count: number, priority = 5) =>
  Array.from({ length: count }, (_, i) => entry(from + i, priority))

export interface SharingCluster {
  clock: ManualClock
  /** Whose each entry is; 0: nobody's. */
  owners: Map<number, { entry: Entry; owner: number }>
  node(lease: number, options?: { works?: boolean; working?: number; mayWork?: boolean }): SharingNode
  broker: { published: Entry[]; isUp: boolean; bring(): Promise<void> }
  pass(ms: number): Promise<void>
}
export interface SharingNode {
  window: FairWindow
  sharing: ReturnType<typeof createSharing>
  hears(topic: string): void
  may(work: boolean): void
  /** Sends so many of what is in memory, where the store still says that they are its own. */
  send(count: number): void
  readonly sent: readonly number[]
  /** Others end it: what it had belongs to nobody. */
  kill(): Promise<void>
  own(): number[]
}

/** Several nodes on a store and a broker in memory, with the answers of real ones. */
export function sharingCluster(): SharingCluster {
  const clock = new ManualClock()
  const owners: SharingCluster['owners'] = new Map()
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

  const broker: SharingCluster['broker'] = {
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
      const sent: number[] = []
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
        ...{ window, sharing, sent },
        hears: (topic) => heard.get(topic)?.(null),
        may: (work) => (state.mayWork = work),
        send(count) {
          for (const each of window.take(count)) {
            room.handedOut(1)
            if (owners.get(each.id)?.owner === lease) {
              owners.delete(each.id)
              sent.push(each.id)
            }
            window.release(each)
          }
        },
        async kill() {
          state.mayWork = false
          await sharing.stop()
          for (const each of owners.values()) if (each.owner === lease) each.owner = 0
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

export function put(owners: SharingCluster['owners'], some: readonly Entry[], owner: number): readonly Entry[] {
  for (const each of some) owners.set(each.id, { entry: each, owner })
  return some
}
