/**
 * The order in which things leave, in bounded memory.
 *
 * Duties: 1. strict priority, 10 first; 2. inside a priority, turns among lanes, so that a batch of 100,000 in one lane
 * never starves a single message in another; 3. inside a lane, first in first out; 4. only a window of ids of each lane in
 * memory, the rest counted and fetched from the store when the window runs low; 5. lanes behind a closed gate (a limited
 * channel, a channel without a service) cost nothing and keep their place.
 *
 * What has just been accepted waits here alone, as a resident (see `residents.ts`): it is reserved room before it is
 * accepted, only where its lane has nothing in the store, which it would overtake.
 *
 * An id that was taken stays `held` until it is released (its claim is on disk, or it is given up), so that a fetch that
 * still sees its entry in the store cannot hand it out twice. (An answer that comes later than the claim can: that claim
 * finds it gone.) One that is pushed meanwhile comes in once it is released: its worker put it off until a time that has
 * come by now, and has not heard yet that this is on disk.
 */
import { PRIORITY_MAX, PRIORITY_MIN } from '@signalbox/contracts'
import { entryIn, inMemory, insert, newLane, shift, type Lane } from './lane-window.ts'
import { createResidents } from './residents.ts'
import { placeIn, tailOf, turnsOf, type LanePlace, type LaneTail, type LaneTurn } from './standing.ts'
import type { Entry, LaneSize, QueueStore } from './store.ts'

/** Ids of one lane in memory that came from the store, and of all lanes: what is pushed beyond waits in the store. */
const LANE_WINDOW = 1_024
const WINDOW = 16_384
/** A lane with more in the store is fetched so many at a time: they come with their records, and a turn of the event loop takes them in. */
const PAGE = 512
/** Many lanes share the window, each with at least so many. */
const SMALLEST_PAGE = 64

export interface FairWindow {
  /** Things that wait, in memory or not. */
  readonly size: number
  /** What was in the store when the engine started. */
  restore(lanes: readonly LaneSize[]): void
  push(entry: Entry): void
  /** They are this node's own in the store since just now: they are read from there, with their records, as their turn comes. */
  pushStored(entries: readonly Entry[]): void
  /** Things of this priority or a higher one that wait, but for those behind gates that are closed now. */
  ready(lowestPriority: number): number
  /** What would leave last, but for what is behind closed gates: ends of lanes, with up to `count` entries together. */
  tail(count: number): LaneTail[]
  /** Room for what is about to be accepted: all of it becomes resident, or nothing. Ids never fall from call to call. */
  reserve(entries: readonly Entry[]): boolean
  /** They were not accepted after all. */
  unreserve(entries: readonly Entry[]): void
  isResident(id: number): boolean
  /** In memory, or taken out of it and not claimed yet: it will not be read out of the store again. */
  holds(id: number): boolean
  /** The smallest id that is resident or may become so. */
  readonly oldestResident: number
  /** Up to `limit` residents up to this id, oldest first: from now on they count as written down. */
  writeDown(upTo: number, limit: number): Entry[]
  /** The largest id that was ever reserved. */
  readonly newestResident: number
  /**
   * One turn: the next to leave, and up to `limit` in all of its lane. Empty when there is nothing, everything is behind
   * gates, or it is being fetched (`onReady` tells).
   */
  take(limit: number): Entry[]
  /** Puts a taken entry back at the front of its lane, behind older ones only. */
  putBack(entry: Entry): void
  /** The entry was claimed or is gone. */
  release(entry: Entry): void
  /** It was cancelled: it counts no longer, for the size and for who waits behind it. Told once the store has let it go. */
  drop(entry: Entry): void
  /** Nothing behind this gate is handed out until `open`. */
  close(gate: string): void
  open(gate: string): void
  isClosed(gate: string): boolean
  /**
   * All lanes in the order of their turns: by priority; within one those that have a turn, those behind gates in the order
   * in which they get theirs back, and those that are being fetched. Changes nothing.
   */
  turns(): LaneTurn[]
  /** Changes nothing. */
  placeOf(entry: Entry): LanePlace
}

export function createFairWindow(options: {
  store: { load(...lane: Parameters<QueueStore['load']>): Promise<readonly number[]> }
  /** Something that was being fetched is here. */
  onReady: () => void
  onError: (error: unknown) => void
}): FairWindow {
  const lanes = new Map<string, Lane>()
  const rings: Lane[][] = Array.from({ length: PRIORITY_MAX - PRIORITY_MIN + 1 }, () => [])
  const held = new Set<number>()
  const closed = new Set<string>()
  const parked = new Map<string, Set<Lane>>()
  const residents = createResidents<Lane>()
  /** With a worker, on their way to a claim. */
  const taken = new Set<number>()
  /** Of those, the ones that were pushed meanwhile. */
  const pushedAgain = new Map<number, Entry>()
  /** By gate and priority: things that wait. */
  const waiting = new Map<string, number[]>()
  let size = 0

  function resize(lane: Lane, by: number): void {
    size += by
    let counts = waiting.get(lane.gate)
    if (!counts) waiting.set(lane.gate, (counts = rings.map(() => 0)))
    counts[lane.priority] = (counts[lane.priority] as number) + by
  }

  function laneFor(entry: Pick<Entry, 'queue' | 'priority' | 'lane'>): Lane {
    const key = `${entry.priority} ${entry.lane}`
    let lane = lanes.get(key)
    if (!lane) {
      lane = newLane(entry)
      lanes.set(key, lane)
    }
    return lane
  }

  /** Puts a lane with something to give into its ring, or behind its closed gate. */
  function place(lane: Lane): void {
    if (lane.inRing || inMemory(lane) === 0) return
    if (closed.has(lane.gate)) {
      const behind = parked.get(lane.gate) ?? new Set()
      parked.set(lane.gate, behind)
      behind.add(lane)
      return
    }
    rings[lane.priority]?.push(lane)
    lane.inRing = true
  }

  function forgetIfEmpty(lane: Lane): void {
    if (inMemory(lane) > 0 || lane.stored > 0 || lane.loading || lane.reserved > 0) return
    lanes.delete(`${lane.priority} ${lane.name}`)
    parked.get(lane.gate)?.delete(lane)
  }

  /** Ids that a lane asks for at once; when it has fewer in memory, it asks. */
  const pageSize = () => Math.min(PAGE, Math.max(SMALLEST_PAGE, Math.floor(WINDOW / lanes.size)))

  function fetchMore(lane: Lane): void {
    if (lane.loading || lane.stored === 0) return
    const page = pageSize()
    if (inMemory(lane) >= page) return
    lane.loading = true
    const { queue, priority, name } = lane
    options.store.load({ queue, priority, lane: name }, lane.loadedTo, page).then(
      (ids) => {
        lane.loading = false
        for (const id of ids) {
          lane.loadedTo = id
          if (held.has(id)) continue
          held.add(id)
          lane.ids.push(id)
          lane.stored -= 1
        }
        if (lane.missedFrom !== null) {
          lane.loadedTo = Math.min(lane.loadedTo, lane.missedFrom - 1)
          lane.missedFrom = null
          setStored(lane, Math.max(1, lane.stored))
        } else {
          // The store knows better than the count: cancelled entries have left it unseen, and an answer may bring some once
          // more. A full page leaves at least one: a count too high ends with the next answer, one too low leaves it behind.
          setStored(lane, ids.length < page ? 0 : Math.max(1, lane.stored))
        }
        if (inMemory(lane) > 0) {
          place(lane)
          options.onReady()
        } else if (lane.stored > 0) fetchMore(lane)
        else forgetIfEmpty(lane)
      },
      (error: unknown) => {
        lane.loading = false
        options.onError(error)
      },
    )
  }

  /** It is fetched from there. What comes late (a retry, a due time) may be older than what is in memory. */
  function leaveInStore(lane: Lane, id: number): void {
    lane.stored += 1
    lane.loadedTo = Math.min(lane.loadedTo, id - 1)
    if (lane.loading) lane.missedFrom = Math.min(lane.missedFrom ?? Infinity, id)
  }

  function setStored(lane: Lane, stored: number): void {
    resize(lane, stored - lane.stored)
    lane.stored = stored
  }

  /** True for one that is here already: it comes in again once its worker lets go of it, if one has it. */
  function isHere(entry: Entry): boolean {
    if (taken.has(entry.id)) pushedAgain.set(entry.id, entry)
    return held.has(entry.id)
  }

  function push(entry: Entry): void {
    if (isHere(entry)) return
    const lane = laneFor(entry)
    resize(lane, 1)
    if (residents.has(entry.id)) {
      lane.reserved -= 1
      held.add(entry.id)
      lane.ids.push(entry.id)
      // What is in the store may be older: it is still to be fetched.
      if (lane.stored === 0) lane.loadedTo = Math.max(lane.loadedTo, entry.id)
      place(lane)
      return
    }
    if (lane.stored > 0 || inMemory(lane) >= LANE_WINDOW || held.size >= WINDOW) {
      leaveInStore(lane, entry.id)
      fetchMore(lane)
      return
    }
    held.add(entry.id)
    lane.ids.push(entry.id)
    lane.loadedTo = Math.max(lane.loadedTo, entry.id)
    place(lane)
  }

  return {
    get size() {
      return size
    },
    restore(sizes) {
      for (const { count, ...at } of sizes) laneFor(at).stored += count
      // Once all are known: they share the memory.
      for (const { count, ...at } of sizes) {
        resize(laneFor(at), count)
        fetchMore(laneFor(at))
      }
    },
    push,
    pushStored(entries) {
      const touched = new Set<Lane>()
      for (const entry of entries) {
        if (isHere(entry)) continue
        const lane = laneFor(entry)
        resize(lane, 1)
        leaveInStore(lane, entry.id)
        touched.add(lane)
      }
      for (const lane of touched) fetchMore(lane)
    },
    ready(lowestPriority) {
      let count = 0
      for (const [gate, counts] of waiting) {
        if (closed.has(gate)) continue
        for (let priority = lowestPriority; priority <= PRIORITY_MAX; priority++) count += counts[priority] as number
      }
      return count
    },
    tail: (count) => tailOf(lanes.values(), closed, count),
    take(limit) {
      for (let priority = PRIORITY_MAX; priority >= PRIORITY_MIN; priority--) {
        const ring = rings[priority] as Lane[]
        while (ring.length > 0) {
          const lane = ring.shift() as Lane
          lane.inRing = false
          if (closed.has(lane.gate)) {
            place(lane)
            continue
          }
          // All that it had in memory was cancelled.
          if (inMemory(lane) === 0) continue
          const entries: Entry[] = []
          while (entries.length < limit && inMemory(lane) > 0) {
            const id = shift(lane)
            taken.add(id)
            entries.push(entryIn(lane, id))
          }
          resize(lane, -entries.length)
          place(lane)
          fetchMore(lane)
          forgetIfEmpty(lane)
          return entries
        }
      }
      return []
    },
    putBack(entry) {
      const lane = laneFor(entry)
      resize(lane, 1)
      taken.delete(entry.id)
      pushedAgain.delete(entry.id)
      // Workers give back in any order; the lane has its own.
      insert(lane, entry.id)
      place(lane)
    },
    release(entry) {
      held.delete(entry.id)
      taken.delete(entry.id)
      residents.delete(entry.id)
      const again = pushedAgain.get(entry.id)
      if (!again) return
      pushedAgain.delete(entry.id)
      push(again)
      options.onReady()
    },
    reserve(entries) {
      const [first] = entries
      if (!first) return false
      const lane = laneFor(first)
      if (lane.stored > 0 || !residents.hasRoom(entries.length, inMemory(lane) + lane.reserved)) {
        forgetIfEmpty(lane)
        return false
      }
      lane.reserved += entries.length
      for (const { id } of entries) residents.add(id, lane)
      return true
    },
    unreserve(entries) {
      for (const entry of entries) {
        if (!residents.delete(entry.id)) continue
        const lane = laneFor(entry)
        lane.reserved -= 1
        forgetIfEmpty(lane)
      }
    },
    isResident: (id) => residents.has(id),
    holds: (id) => held.has(id),
    get oldestResident() {
      return residents.oldest
    },
    get newestResident() {
      return residents.newest
    },
    writeDown(upTo, limit) {
      const entries: Entry[] = []
      for (const [id, lane] of residents.upTo(upTo)) {
        if (entries.length === limit) break
        // One that is still being accepted may not be on disk yet, and one with a worker may be claimed by then.
        if (held.has(id) && !taken.has(id)) entries.push(entryIn(lane, id))
      }
      for (const { id } of entries) residents.delete(id)
      return entries
    },
    drop({ priority, lane: name, id }) {
      pushedAgain.delete(id)
      const lane = lanes.get(`${priority} ${name}`)
      if (!lane) return
      const at = lane.ids.indexOf(id, lane.head)
      if (at >= 0) {
        lane.ids.splice(at, 1)
        held.delete(id)
        residents.delete(id)
        resize(lane, -1)
        // While the store is asked, its answer decides: it may have been given before this one left.
      } else if (!held.has(id) && id > lane.loadedTo && !lane.loading) setStored(lane, Math.max(1, lane.stored - 1))
      fetchMore(lane)
      forgetIfEmpty(lane)
    },
    close(gate) {
      closed.add(gate)
    },
    open(gate) {
      if (!closed.delete(gate)) return
      const behind = parked.get(gate)
      parked.delete(gate)
      for (const lane of behind ?? []) place(lane)
    },
    isClosed: (gate) => closed.has(gate),
    turns() {
      const withTurn = [...rings.toReversed(), ...parked.values()].flatMap((some) => [...some])
      return turnsOf([...withTurn, ...lanes.values()], closed)
    },
    placeOf({ priority, lane: name, id }) {
      return placeIn(lanes.get(`${priority} ${name}`), id, { taken, residents })
    },
  }
}
