/**
 * How much of what waits a node makes its own: enough to work on while more is fetched, and little enough that others find
 * something to do.
 */

/** As many as are kept in memory: what is more had better wait for whoever has room first. */
const MOST = 16_384
/** A turn of all workers of the largest pool, while nobody knows yet how fast they are. */
const LEAST = 512
/** Seconds of work at the pace of the last. */
const SECONDS = 2
/** Of what it was, each second: a pause between two batches is no slower pace. */
const FADES_BY = 0.8

export interface Room {
  /** So many more were handed to workers. */
  handedOut(count: number): void
  /** Once per second. */
  tick(): void
  /** How many a node should own that are ready, of any priority. */
  readonly cap: number
}

export function createRoom(): Room {
  let perSecond = 0
  let count = 0
  return {
    handedOut(more) {
      count += more
    },
    tick() {
      perSecond = Math.max(count, perSecond * FADES_BY)
      count = 0
    },
    get cap() {
      return Math.min(MOST, Math.max(LEAST, Math.ceil(perSecond * SECONDS)))
    },
  }
}
