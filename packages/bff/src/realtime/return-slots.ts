/**
 * When each viewer comes back after its connection is lost: every viewer holds a slot of its own, the lowest that is
 * free, and slots lie as far apart as the server takes viewers in. So a few come back at once, and 500 within 5 s.
 */
/** After a restart viewers come back spread out, at most this many a second. */
export const RECONNECTS_PER_SECOND = 100
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
    returnInMs: (viewer) => LEAST_MS + ((slots.get(viewer) ?? next) * 1000) / RECONNECTS_PER_SECOND,
  }
}
