/** How things stand in a window: who leaves next, who leaves last, who is before whom. Reads, and changes nothing. */
import { inMemory, type Lane } from './lane-window.ts'
import type { LaneSize } from './store.ts'

/** A lane as it stands in the order of turns. */
export interface LaneTurn {
  priority: number
  lane: string
  gate: string
  /** Behind a gate that is closed now. */
  closed: boolean
  /** Things that wait in it, in memory or not. */
  size: number
}

/**
 * Where an entry stands within its lane: behind so many in memory, and, when it is not in memory itself, behind what the
 * store has between `after` and it, of which `known` are among those in memory. `taken`: a worker has it already.
 */
export type LanePlace =
  { kind: 'memory'; ahead: number } | { kind: 'store'; ahead: number; after: number; known: number } | { kind: 'taken' }

/** Up to `limit` entries of a lane behind the id `after`. */
export interface LaneTail {
  lane: Omit<LaneSize, 'count'>
  after: number
  limit: number
}

const sizeOf = (lane: Lane): number => inMemory(lane) + lane.stored

/** @param inOrder all lanes, those that have a turn first; one may stand there more than once */
export function turnsOf(inOrder: Iterable<Lane>, closed: ReadonlySet<string>): LaneTurn[] {
  return [...new Set(inOrder)]
    .toSorted((a, b) => b.priority - a.priority)
    .map((lane) => ({
      priority: lane.priority,
      lane: lane.name,
      gate: lane.gate,
      closed: closed.has(lane.gate),
      size: sizeOf(lane),
    }))
}

/** The ends of lanes, those of the lowest priority first, with up to `count` entries together. */
export function tailOf(lanes: Iterable<Lane>, closed: ReadonlySet<string>, count: number): LaneTail[] {
  const tails: LaneTail[] = []
  const last = [...lanes]
    .filter((lane) => !closed.has(lane.gate) && !lane.loading && sizeOf(lane) > 0)
    .toSorted((a, b) => a.priority - b.priority || sizeOf(b) - sizeOf(a))
  let left = count
  for (const lane of last) {
    if (left <= 0) break
    const limit = Math.min(left, sizeOf(lane))
    const kept = sizeOf(lane) - limit
    const inOrder = lane.ids.slice(lane.head).toSorted((a, b) => a - b)
    // Behind all that is in memory, where that is less than what is kept.
    const after = kept < inOrder.length ? (inOrder[kept - 1] ?? 0) : Math.max(lane.loadedTo, inOrder.at(-1) ?? 0)
    tails.push({ lane: { queue: lane.queue, priority: lane.priority, lane: lane.name }, after, limit })
    left -= limit
  }
  return tails
}

export function placeIn(
  lane: Lane | undefined,
  id: number,
  { taken, residents }: { taken: ReadonlySet<number>; residents: { has(id: number): boolean } },
): LanePlace {
  const ids = lane ? lane.ids.slice(lane.head) : []
  const ahead = ids.indexOf(id)
  if (ahead >= 0) return { kind: 'memory', ahead }
  if (taken.has(id)) return { kind: 'taken' }
  const after = lane?.loadedTo ?? 0
  const known = ids.filter((each) => each > after && each < id && !residents.has(each)).length
  return { kind: 'store', ahead: ids.length, after, known }
}
