/**
 * The messages that no segment of the index of recipients holds yet, in memory that the writer's thread shares with those
 * that read: a search never asks the writer, and goes on while nothing can be written.
 *
 * One thread writes. A reader may see what a transaction has not committed, or will not: it looks every id up, and finds
 * none. It never misses what was committed before it began: what leaves this memory is in a segment by then, and a move of
 * the memory is told by its version, which is odd meanwhile.
 */
export interface RecentMemory {
  /** Version and length. */
  header: SharedArrayBuffer
  ids: SharedArrayBuffer
  hashes: SharedArrayBuffer
}

const VERSION = 0
const LENGTH = 1
const ID_BYTES = Float64Array.BYTES_PER_ELEMENT
const HASH_BYTES = Uint32Array.BYTES_PER_ELEMENT
/** As many as one transaction can ever add, and more. Only what is used takes memory. */
const MOST = 2 ** 25

export function createRecentMemory(room: number): RecentMemory {
  return {
    header: new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT),
    ids: new SharedArrayBuffer(room * ID_BYTES, { maxByteLength: MOST * ID_BYTES }),
    hashes: new SharedArrayBuffer(room * HASH_BYTES, { maxByteLength: MOST * HASH_BYTES }),
  }
}

/** For the one thread that writes. */
export function openRecent({ header, ids: idMemory, hashes: hashMemory }: RecentMemory) {
  const told = new Int32Array(header)
  // Views of a fixed length, made anew as it grows: those that follow their buffer cost thirty times as much per write.
  let ids = new Float64Array(idMemory, 0, idMemory.byteLength / ID_BYTES)
  let hashes = new Uint32Array(hashMemory, 0, ids.length)

  function grow(): void {
    const room = Math.min(MOST, ids.length * 2)
    idMemory.grow(room * ID_BYTES)
    hashMemory.grow(room * HASH_BYTES)
    ids = new Float64Array(idMemory, 0, room)
    hashes = new Uint32Array(hashMemory, 0, room)
  }

  return {
    get ids() {
      return ids
    },
    get hashes() {
      return hashes
    },
    get length() {
      return told[LENGTH] as number
    },
    add(id: number, hash: number): void {
      const at = told[LENGTH] as number
      if (at === ids.length) grow()
      ids[at] = id
      hashes[at] = hash
      Atomics.store(told, LENGTH, at + 1)
    },
    /** Back to that length. */
    truncate(length: number): void {
      Atomics.store(told, LENGTH, length)
    },
    /** Without its first ones. */
    drop(count: number): void {
      const length = told[LENGTH] as number
      Atomics.add(told, VERSION, 1)
      ids.copyWithin(0, count, length)
      hashes.copyWithin(0, count, length)
      Atomics.store(told, LENGTH, length - count)
      Atomics.add(told, VERSION, 1)
    },
  }
}

/** For any thread: ids of messages whose recipient has that hash, in no order. */
export function findRecent({ header, ids: idMemory, hashes: hashMemory }: RecentMemory, hash: number): number[] {
  const told = new Int32Array(header)
  const ids = new Float64Array(idMemory)
  const hashes = new Uint32Array(hashMemory)
  for (;;) {
    const version = Atomics.load(told, VERSION)
    const length = Atomics.load(told, LENGTH)
    const found: number[] = []
    for (let i = hashes.indexOf(hash); i >= 0 && i < length; i = hashes.indexOf(hash, i + 1))
      found.push(ids[i] as number)
    if (version % 2 === 0 && Atomics.load(told, VERSION) === version) return found
  }
}
