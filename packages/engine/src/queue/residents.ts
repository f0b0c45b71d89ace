/**
 * What waits in memory alone: accepted, with its message on disk, but without an entry in the store's queue. Most messages
 * leave within moments, and their entries would be written only to be removed again. What stays for longer is written
 * down; after a crash the store finds the rest by itself, looking from the oldest on.
 */

/** Residents of one lane, and of all. */
const IN_A_LANE = 8_192
const IN_ALL = 16_384

/** `T` is what is known of each, its lane. */
export interface Residents<T> {
  has(id: number): boolean
  /** Room for so many more in a lane that has `inLane`, residents or not. */
  hasRoom(count: number, inLane: number): boolean
  /** Ids never fall from call to call. */
  add(id: number, of: T): void
  delete(id: number): boolean
  /** The smallest that is resident or may become so. */
  readonly oldest: number
  /** The largest that ever was. */
  readonly newest: number
  /** Oldest first. */
  upTo(id: number): Iterable<[id: number, of: T]>
}

export function createResidents<T>(): Residents<T> {
  /** In the order in which they came, which is that of their ids. */
  const ids = new Map<number, T>()
  let newest = 0
  return {
    has: (id) => ids.has(id),
    hasRoom: (count, inLane) => ids.size + count <= IN_ALL && inLane + count <= IN_A_LANE,
    add(id, of) {
      ids.set(id, of)
      newest = Math.max(newest, id)
    },
    delete: (id) => ids.delete(id),
    get oldest() {
      for (const id of ids.keys()) return id
      return newest + 1
    },
    get newest() {
      return newest
    },
    *upTo(last) {
      for (const each of ids) {
        if (each[0] > last) return
        yield each
      }
    },
  }
}
