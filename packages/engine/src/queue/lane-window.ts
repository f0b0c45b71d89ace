/** One lane of the queue as it stands in memory: a window of its ids in their order, and how many more the store has. */
import { gateOf } from './lane.ts'
import type { Entry } from './store.ts'

/** Given-out ids that an array keeps in front before it is cut. */
const SPENT = 1_024

export interface Lane {
  readonly queue: Entry['queue']
  readonly priority: number
  readonly name: string
  readonly gate: string
  /** Ids in memory from `head` on. */
  ids: number[]
  head: number
  /** In the store but not in memory. */
  stored: number
  /** Everything up to here is in memory or gone. */
  loadedTo: number
  loading: boolean
  /** Reserved for what is being accepted. */
  reserved: number
  /** The smallest id pushed while the store was being asked: its answer may not know of it. */
  missedFrom: number | null
  /** Stands in the ring of its priority, or parked behind its gate. */
  inRing: boolean
}

export function newLane({ queue, priority, lane }: Pick<Entry, 'queue' | 'priority' | 'lane'>): Lane {
  return {
    queue,
    priority,
    name: lane,
    gate: gateOf(lane),
    ids: [],
    head: 0,
    stored: 0,
    loadedTo: 0,
    loading: false,
    reserved: 0,
    missedFrom: null,
    inRing: false,
  }
}

export const inMemory = (lane: Lane): number => lane.ids.length - lane.head

/** Takes the first id out; there must be one. */
export function shift(lane: Lane): number {
  const id = lane.ids[lane.head] as number
  lane.head += 1
  if (lane.head > SPENT) {
    lane.ids.splice(0, lane.head)
    lane.head = 0
  }
  return id
}

/** Puts an id at its place among the others. */
export function insert(lane: Lane, id: number): void {
  let at = lane.head
  while (at < lane.ids.length && (lane.ids[at] as number) < id) at++
  lane.ids.splice(at, 0, id)
}

export const entryIn = ({ queue, priority, name }: Lane, id: number): Entry => ({ queue, priority, lane: name, id })
