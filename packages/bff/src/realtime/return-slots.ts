/**
 * When each viewer comes back after its connection is lost: every viewer holds a slot of its own, the lowest that is
 * free. So a few come back at once, and 500 spread out, at most 100 in a second. Who finds nobody comes again after twice
 * the time, and so on: spread out still, and on top of those whose first turn it is. Hence 16 ms from slot to slot, not 10.
 */
const SLOT_MS = 16
/** Time for the server to come up again, and for a lost packet to be only that. */
const LEAST_MS = 250

export interface ReturnSlots<V> {
  take(viewer: V): void
  giveBack(viewer: V): void
  /** Milliseconds after the loss. */
  returnInMs(viewer: V): number
}

export function createReturnSlots<V>(): ReturnSlots<V> {
  const slots = new Map<V, number>()
  const free: number[] = []
  let next = 0
  return {
    take(viewer) {
      if (slots.has(viewer)) return
      // Given back out of order: the lowest is looked for, of as many as ever were open at once.
      const lowest = free.length > 0 ? Math.min(...free) : next
      if (free.length > 0) free.splice(free.indexOf(lowest), 1)
      else next += 1
      slots.set(viewer, lowest)
    },
    giveBack(viewer) {
      const slot = slots.get(viewer)
      if (slot === undefined) return
      slots.delete(viewer)
      free.push(slot)
    },
    returnInMs: (viewer) => LEAST_MS + (slots.get(viewer) ?? next) * SLOT_MS,
  }
}
