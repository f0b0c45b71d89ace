/**
 * Who was written to, findable without a random write per message. An index over millions of recipients costs more than
 * everything else that accepting does, so the index is built in segments: what was accepted last stands in memory, and
 * every 65,536 messages it is sorted and written, a few rows with each commit, as one segment whose rows lie side by
 * side. A search asks the memory, then each segment, newest first. After a restart the memory is read back from the
 * messages that no segment holds.
 */
import type { Db } from './database.ts'
import type { Partition, Partitions } from './partitions.ts'

/** Messages in one segment. */
export const SEGMENT = 65_536
/** Rows of a segment written in a transaction: at least so many, and twice what was accepted in it, so that it keeps up. */
const ROWS_PER_COMMIT = 200

/** FNV-1a, 32 bits. Equal recipients have equal hashes; who finds one compares the recipient itself. */
export function recipientHash(recipient: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < recipient.length; i++) {
    hash = Math.imul(hash ^ recipient.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}

interface Building {
  partition: Partition
  segment: number
  ids: Float64Array
  hashes: Uint32Array
  /** Rows that are on disk. */
  written: number
}

export interface RecipientIndex {
  /** Inside the transaction that accepts the message. */
  add(id: number, recipient: string): void
  /** Ids of what no finished segment holds; may hold others of the same hash. */
  recent(recipient: string): number[]
  /** Writes a part of what is to be written. Inside the transaction. */
  flush(): void
  /** The transaction is on disk. */
  committed(): void
  /** The transaction was rolled back. */
  clear(): void
}

export function openRecipientIndex(db: Db, { months }: Pick<Partitions, 'months'>, size = SEGMENT): RecipientIndex {
  let ids = new Float64Array(size * 2)
  let hashes = new Uint32Array(size * 2)
  let length = 0
  let building: Building[] = []
  /** What a rollback goes back to. */
  let kept = { length: 0, written: 0 }

  const insertOf = months.reading((month) => db.prepare(`INSERT OR IGNORE INTO recipients_${month} VALUES (?, ?, ?)`))
  const finish = db.prepare('INSERT INTO recipient_segments (month, segment, first_id, last_id) VALUES (?, ?, ?, ?)')
  const lastSegment = db
    .prepare<[string], number | null>('SELECT max(segment) FROM recipient_segments WHERE month = ?')
    .pluck()

  function remember(id: number, hash: number): void {
    if (length === ids.length) {
      ids = grown(ids, new Float64Array(length * 2))
      hashes = grown(hashes, new Uint32Array(length * 2))
    }
    ids[length] = id
    hashes[length] = hash
    length += 1
  }

  /** The first `size` of the memory, sorted by their hashes, one segment for each month in it. */
  function begin(): void {
    const byMonth = new Map<string, { partition: Partition; at: number[] }>()
    const partitionOf = months.reading((_, partition) => partition)
    for (let i = 0; i < size; i++) {
      const partition = partitionOf(ids[i] as number)
      // Its month is being removed: nobody searches there.
      if (!partition) continue
      const part = byMonth.get(partition.name) ?? { partition, at: [] }
      byMonth.set(partition.name, part)
      part.at.push(i)
    }
    for (const { partition, at } of byMonth.values()) {
      const order = sortedByHash(at, hashes)
      building.push({
        partition,
        segment: (lastSegment.get(partition.name) ?? 0) + 1,
        ids: Float64Array.from(order, (i) => ids[i] as number),
        hashes: Uint32Array.from(order, (i) => hashes[i] as number),
        written: 0,
      })
    }
    ids.copyWithin(0, size, length)
    hashes.copyWithin(0, size, length)
    length -= size
    kept.length -= size
    kept.written = 0
  }

  function write(rows: number): void {
    const [current] = building
    if (!current) return
    const insert = insertOf(current.partition.from)
    if (!insert) {
      // Its month is being removed: nobody searches there.
      current.written = current.ids.length
      return
    }
    const end = Math.min(current.ids.length, current.written + rows)
    for (let i = current.written; i < end; i++) insert.run(current.segment, current.hashes[i], current.ids[i])
    current.written = end
    if (end < current.ids.length) return
    finish.run(current.partition.name, current.segment, current.ids.reduce(min), current.ids.reduce(max))
  }

  function restore(): void {
    const lastIndexed = db
      .prepare<[string], number | null>('SELECT max(last_id) FROM recipient_segments WHERE month = ?')
      .pluck()
    for (const { name } of months.list().toReversed()) {
      db.prepare(`DELETE FROM recipients_${name} WHERE segment > ?`).run(lastSegment.get(name) ?? 0)
      const rest = db.prepare<[number], { id: number; recipient: string }>(
        `SELECT id, recipient FROM messages_${name} WHERE id > ? ORDER BY id`,
      )
      for (const { id, recipient } of rest.iterate(lastIndexed.get(name) ?? 0)) remember(id, recipientHash(recipient))
    }
    kept.length = length
  }
  restore()

  return {
    add: (id, recipient) => remember(id, recipientHash(recipient)),
    recent(recipient) {
      const hash = recipientHash(recipient)
      const found: number[] = []
      for (let i = 0; i < length; i++) if (hashes[i] === hash) found.push(ids[i] as number)
      for (const part of building) {
        for (let i = 0; i < part.ids.length; i++) if (part.hashes[i] === hash) found.push(part.ids[i] as number)
      }
      return found
    },
    flush() {
      if (building.length === 0 && kept.length >= size) begin()
      write(Math.max(ROWS_PER_COMMIT, 2 * (length - kept.length)))
    },
    committed() {
      const [current] = building
      if (current && current.written === current.ids.length) building = building.slice(1)
      kept = { length, written: building[0]?.written ?? 0 }
    },
    clear() {
      length = kept.length
      if (building[0]) building[0].written = kept.written
    },
  }
}

/** Near order by the upper 16 bits is enough: rows of one page come together. One pass. */
function sortedByHash(at: readonly number[], hashes: Uint32Array): Uint32Array {
  const starts = new Uint32Array(65_537)
  const bucket = (i: number) => (hashes[i] as number) >>> 16
  for (const i of at) starts[bucket(i) + 1] = (starts[bucket(i) + 1] as number) + 1
  for (let b = 0; b < 65_536; b++) starts[b + 1] = (starts[b + 1] as number) + (starts[b] as number)
  const order = new Uint32Array(at.length)
  for (const i of at) {
    const b = bucket(i)
    order[starts[b] as number] = i
    starts[b] = (starts[b] as number) + 1
  }
  return order
}

function grown<T extends Float64Array | Uint32Array>(from: T, to: T): T {
  to.set(from)
  return to
}

const min = (a: number, b: number) => Math.min(a, b)
const max = (a: number, b: number) => Math.max(a, b)
