/**
 * What nodes share: which of what waits is whose. Duties: 1. to say whether there is room here for what is accepted; 2. to hand
 * what has no place here to the broker; 3. to make this node's own what the broker brings, and, as a net beside it, what the
 * store says belongs to nobody; 4. to let go of what others would get to sooner.
 *
 * A high priority always finds room: what counts is only what leaves before it. What waits behind a closed gate takes no room,
 * or a paused channel would keep the others out.
 */
import { PRIORITY_MAX, PRIORITY_MIN } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { Shared } from '../driver.ts'
import { createDuties } from '../duties.ts'
import type { FairWindow } from '../queue/fair-window.ts'
import type { Entry, QueueStore, WorkedQueue } from '../queue/store.ts'
import type { Membership } from './membership.ts'
import type { Room } from './room.ts'

const TICK_MS = 1_000
/** Beside a broker that works, entries that it lost are found within this time. */
const NET_MS = 10_000
/** While there is more to be had, it is seen so soon that there is room again. */
const ROOM_LOOKED_AT_EVERY_MS = 50
const ADOPTED_AT_ONCE = 1_000
const GIVEN_UP_AT_ONCE = 4_096
/** With what waits behind closed gates, or on the only node: a bound for what the end of a node has to free. */
const OWNED_AT_MOST = 131_072
/** More than its share by so much is let go of. */
const TOO_MUCH = 1.5
/** Counting takes a while when many wait: one part in so many of the time. */
const COUNTING_SHARE = 20

/** On the bus: somebody let go of entries, so that whoever has room looks for them now. */
export const FREED = 'entries:freed'

export interface Sharing {
  /** Whether these would be this node's own if they were accepted now. */
  hasRoom(entries: readonly Pick<Entry, 'queue' | 'priority'>[]): boolean
  /** They are on disk, and belong to nobody. */
  handOver(entries: readonly Entry[]): void
  /** Looks for what belongs to nobody. */
  look(): void
  /** How many belonged to nobody when they were last counted, a moment ago. */
  readonly unowned: number
  /** With what was handed over since and was not taken in here: others may have taken it by now. */
  readonly unownedAtMost: number
  start(): void
  /** Takes nothing more. */
  stop(): Promise<void>
  /** Tells the others that there is something to be had. */
  tellFreed(): void
}

export interface SharingDeps {
  store: Pick<QueueStore, 'adopt' | 'adoptThese' | 'giveUp' | 'unowned'>
  shared: Pick<Shared, 'broker' | 'bus'>
  /** Whether this node sends. */
  works: boolean
  windows: readonly FairWindow[]
  window: (queue: WorkedQueue) => FairWindow
  membership: Pick<Membership, 'mayWork' | 'working'>
  room: Room
  /** Waiting messages at most, over all. */
  maxBacklog: () => number
  clock: Clock
  onError: (where: string, error: unknown) => void
}

/** Where one node has it all. */
export const NOT_SHARED: Sharing = {
  hasRoom: () => true,
  handOver: () => undefined,
  look: () => undefined,
  unowned: 0,
  unownedAtMost: 0,
  start: () => undefined,
  stop: async () => undefined,
  tellFreed: () => undefined,
}

export function createSharing(deps: SharingDeps): Sharing {
  const { store, works, windows, membership, room, clock, onError } = deps
  const { broker, bus } = deps.shared
  const duties = createDuties(clock, onError)
  let running = false
  let consuming: Promise<void> | null = null
  let looking = false
  let lookAgain = false
  let lookedAt = -Infinity
  /** Something more is known to be had, once there is room. */
  let more = false
  let cancelWaiting: (() => void) | null = null
  let unowned = 0
  let handedOver = 0
  let countedAt = -Infinity
  let countingTook = 0
  let stopListening: () => void = () => undefined

  const mayTake = () => running && works && membership.mayWork

  const sum = (of: (window: FairWindow) => number) => windows.reduce((all, window) => all + of(window), 0)

  /** How many more of a priority this node would take. */
  function roomFor(priority: number): number {
    const beforeIt = sum((window) => window.ready(priority))
    return Math.max(0, Math.min(room.cap - beforeIt, OWNED_AT_MOST - sum(({ size }) => size)))
  }

  /** As many as are kept at all on the only node that sends: nobody else would take them. */
  const roomToAccept = (priority: number) =>
    membership.working > 1 ? roomFor(priority) : Math.max(0, OWNED_AT_MOST - sum(({ size }) => size))

  /** The lowest priority of which it would take a good number. */
  function lowestWithRoom(): { priority: number; count: number } | null {
    const worthwhile = room.cap / 2
    for (let priority = PRIORITY_MIN; priority <= PRIORITY_MAX; priority++) {
      const count = roomFor(priority)
      if (count >= worthwhile) return { priority, count }
    }
    return null
  }

  function takeIn(entries: readonly Entry[]): void {
    const counted = Math.min(unowned, entries.length)
    unowned -= counted
    handedOver = Math.max(0, handedOver - (entries.length - counted))
    for (const [queue, own] of Map.groupBy(entries, ({ queue: of }) => of)) deps.window(queue).pushStored(own)
  }

  async function adoptAll(): Promise<void> {
    do {
      lookAgain = false
      lookedAt = clock.monotonic()
      for (;;) {
        if (!mayTake()) break
        const to = lowestWithRoom()
        if (!to) {
          more = true
          break
        }
        const limit = Math.min(Math.ceil(to.count), ADOPTED_AT_ONCE)
        const got = await store.adopt(limit, to.priority)
        takeIn(got)
        // What was not looked at may be there: whoever asked for this look heard of something.
        more = got.length === limit || to.priority > PRIORITY_MIN
        if (got.length < limit) break
      }
    } while (lookAgain)
  }

  function look(): void {
    lookAgain = true
    if (looking || !mayTake()) return
    looking = true
    adoptAll()
      .catch((error: unknown) => onError('sharing', error))
      .finally(() => {
        looking = false
        if (more) waitForRoom()
      })
  }

  /** Asks of memory alone, until there is room for a good number again. */
  function waitForRoom(): void {
    if (cancelWaiting || !running) return
    cancelWaiting = clock.after(ROOM_LOOKED_AT_EVERY_MS, () => {
      cancelWaiting = null
      if (!lowestWithRoom() || roomFor(PRIORITY_MIN) < room.cap / 2) return waitForRoom()
      broker.hasRoom()
      if (more) look()
    })
  }

  async function take(entries: readonly Entry[]): Promise<void> {
    if (!mayTake()) throw new Error('expected a node that takes work, got one that does not now')
    takeIn(await store.adoptThese(entries))
  }

  function publish(entries: readonly Entry[]): void {
    // Of no consequence when it fails: they stand in the store, where whoever has room finds them.
    broker.publish(entries).catch(() => undefined)
  }

  /** What would leave here last, while others have nothing to do. */
  async function giveUp(): Promise<void> {
    const ready = sum((window) => window.ready(PRIORITY_MIN))
    if (membership.working < 2 || ready <= room.cap * TOO_MUCH) return
    // What belongs to nobody is enough for whoever has room.
    if ((await store.unowned(1)) > 0) return
    let left = Math.min(ready - room.cap, GIVEN_UP_AT_ONCE)
    for (const window of windows) {
      for (const { lane, after, limit } of window.tail(left)) {
        const given = await store.giveUp(lane, after, limit)
        for (const entry of given) window.drop(entry)
        left -= given.length
        if (given.length > 0) publish(given)
      }
    }
  }

  async function count(): Promise<void> {
    const begun = clock.monotonic()
    if (begun - countedAt < countingTook * COUNTING_SHARE) return
    const before = handedOver
    unowned = await store.unowned(deps.maxBacklog())
    handedOver = Math.max(0, handedOver - before)
    countedAt = clock.monotonic()
    countingTook = countedAt - begun
  }

  function consume(): void {
    if (consuming || !works) return
    consuming = broker
      .consume({
        room({ priority }) {
          const left = mayTake() ? roomFor(priority) : 0
          if (left === 0) waitForRoom()
          return left
        },
        take,
      })
      .catch((error: unknown) => {
        consuming = null
        onError('broker', error)
      })
  }

  async function tick(): Promise<void> {
    room.tick()
    consume()
    if (mayTake()) {
      if (clock.monotonic() - lookedAt >= (broker.isUp ? NET_MS : TICK_MS)) look()
      await giveUp()
    }
    await count()
  }

  return {
    hasRoom(entries) {
      const [first] = entries
      return works && (!first || roomToAccept(first.priority) >= entries.length)
    },
    handOver(entries) {
      handedOver += entries.length
      more = true
      if (!works || membership.working > 1) publish(entries)
      if (works) waitForRoom()
    },
    look,
    get unowned() {
      return unowned
    },
    get unownedAtMost() {
      return unowned + handedOver
    },
    start() {
      running = true
      stopListening = bus.subscribe(FREED, look)
      consume()
      look()
      duties.every(TICK_MS, 'sharing', tick)
    },
    async stop() {
      running = false
      duties.stop()
      stopListening()
      cancelWaiting?.()
      await broker.stop()
    },
    tellFreed: () => bus.publish(FREED, null),
  }
}
