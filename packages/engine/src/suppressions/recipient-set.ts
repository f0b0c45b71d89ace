/**
 * Recipients in memory, as nothing but hashes: millions have to fit, and nearly every message asks for one that is not
 * there. 64 bits of hash stand for each, in 8 bytes a place, and 12 to 23 bytes a recipient with the free places.
 */
import { CHANNELS, type Channel } from '@signalbox/contracts'

export interface RecipientSet {
  readonly size: number
  readonly bytes: number
  add(channel: Channel, recipient: string): void
  /** True for all that were added, and once in a very long while for another: ask the store then. */
  has(channel: Channel, recipient: string): boolean
}

/** Above it more than a few places are looked at for who is not there. */
const FULLEST = 0.7
const SMALLEST = 1 << 10

export function createRecipientSet(): RecipientSet {
  /** The second half of a hash; zero where the place is free. */
  let places = new Uint32Array(SMALLEST)
  let mask = SMALLEST - 1
  let size = 0
  /** The first half: where it belongs. */
  let homes = new Uint32Array(SMALLEST)

  function put(home: number, mark: number): boolean {
    let at = home & mask
    while (places[at] !== 0) {
      if (places[at] === mark && homes[at] === home) return false
      at = (at + 1) & mask
    }
    places[at] = mark
    homes[at] = home
    return true
  }

  function grow(): void {
    const [oldPlaces, oldHomes] = [places, homes]
    places = new Uint32Array(oldPlaces.length * 2)
    homes = new Uint32Array(places.length)
    mask = places.length - 1
    for (let i = 0; i < oldPlaces.length; i++) {
      const mark = oldPlaces[i] as number
      if (mark !== 0) put(oldHomes[i] as number, mark)
    }
  }

  return {
    get size() {
      return size
    },
    get bytes() {
      return places.byteLength + homes.byteLength
    },
    add(channel, recipient) {
      hash(channel, recipient)
      if (!put(home, mark)) return
      size += 1
      if (size > places.length * FULLEST) grow()
    },
    has(channel, recipient) {
      if (size === 0) return false
      hash(channel, recipient)
      for (let at = home & mask; places[at] !== 0; at = (at + 1) & mask) {
        if (places[at] === mark && homes[at] === home) return true
      }
      return false
    },
  }
}

/** What the last call of `hash` found: two numbers without an object for each message. */
let home = 0
let mark = 0

/** Two 32-bit hashes in one pass, each round of them xor and multiply, finished as MurmurHash3 is. */
function hash(channel: Channel, recipient: string): void {
  // Far apart: a small difference here could be undone by one in the first character.
  const seed = CHANNELS.indexOf(channel) + 1
  let a = Math.imul(seed, 0x9e3779b1)
  let b = Math.imul(seed, 0x85ebca77)
  for (let i = 0; i < recipient.length; i++) {
    const code = recipient.charCodeAt(i)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  home = a >>> 0
  mark = b >>> 0 || 1
}
