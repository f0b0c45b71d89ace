/**
 * Record ids: 53-bit snowflakes (41 bits of ms since 2024-01-01 UTC, 5 bits node, 7 bits sequence), so a JSON-safe
 * integer that sorts by time. Trace ids: `msg_` and the same number in Crockford base32, 11 digits.
 */
import type { Clock } from './clock.ts'

export const ID_EPOCH_MS = Date.UTC(2024, 0, 1)
const NODE_COUNT = 32
const PER_MS = 128
const MS_SHIFT = NODE_COUNT * PER_MS
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DIGITS = 11
const TRACE_ID = /^msg_[0-9A-HJKMNP-TV-Z]{11}$/i

export type NextId = () => number

/**
 * Makes ids that only grow, also when the clock steps back or more than 128 are taken within a millisecond: then the id
 * runs ahead of the clock. `after` is the largest id given out before (from the store), so a restart never repeats one.
 */
export function createIds(clock: Clock, node: number, after = 0): NextId {
  if (!Number.isInteger(node) || node < 0 || node >= NODE_COUNT) {
    throw new RangeError(`expected node to be an integer from 0 to ${NODE_COUNT - 1}, got ${node}`)
  }
  let lastMs = after > 0 ? Math.floor(after / MS_SHIFT) : -1
  let sequence = after > 0 ? PER_MS - 1 : 0
  return () => {
    const ms = clock.now() - ID_EPOCH_MS
    if (ms > lastMs) {
      lastMs = ms
      sequence = 0
    } else if (++sequence === PER_MS) {
      lastMs += 1
      sequence = 0
    }
    return lastMs * MS_SHIFT + node * PER_MS + sequence
  }
}

/** Epoch ms inside a record id. */
export function timeOfId(id: number): number {
  return Math.floor(id / MS_SHIFT) + ID_EPOCH_MS
}

/** The smallest record id of that instant: a bound for range queries by time. */
export function firstIdAt(epochMs: number): number {
  return Math.max(0, epochMs - ID_EPOCH_MS) * MS_SHIFT
}

export function traceIdOf(recordId: number): string {
  let rest = recordId
  let digits = ''
  for (let i = 0; i < DIGITS; i++) {
    digits = ALPHABET.charAt(rest % 32) + digits
    rest = Math.floor(rest / 32)
  }
  return `msg_${digits}`
}

/** Takes a trace id or a record id in decimal; null for anything else. Reads O as 0 and I, L as 1, as Crockford does. */
export function parseRecordId(text: string): number | null {
  if (/^[1-9][0-9]{0,15}$/.test(text)) {
    const id = Number(text)
    return Number.isSafeInteger(id) ? id : null
  }
  const forgiving = /^msg_/i.test(text)
    ? `msg_${text.slice(4).toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')}`
    : text
  if (!TRACE_ID.test(forgiving)) return null
  let id = 0
  for (const digit of forgiving.slice(4)) id = id * 32 + ALPHABET.indexOf(digit)
  return Number.isSafeInteger(id) && id > 0 ? id : null
}
