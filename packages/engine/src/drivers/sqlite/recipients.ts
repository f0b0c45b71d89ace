/**
 * Who was written to, findable without a random write per message. An index over millions of recipients costs more than
 * everything else that accepting does, so the index is built in segments: what was accepted last stands in memory, and
 * every 65,536 messages it is sorted and written, a few rows with each commit, as one segment whose rows lie side by
 * side. A search asks the memory, then each segment, newest first. After a restart the memory is read back from the
 * messages that no segment holds.
 */
import type { Db } from './database.ts'
import type { Partition, Partitions } from './partitions.ts'
import { createRecentMemory, openRecent, type RecentMemory } from './recent-recipients.ts'

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
  /** Writes a part of what is to be written. Inside the transaction. */
  flush(): void
  /** The transaction is on disk. */
  committed(): void
  /** The transaction was rolled back. */
  clear(): void
}

/** Room for what is accepted while a segment is written. */
export const recentMemory = (size = SEGMENT): RecentMemory => createRecentMemory(size * 2)

/** @param memory where readers find what no finished segment holds */
export function openRecipientIndex(
  db: Db,
  { months }: Pick<Partitions, 'months'>,
  memory: RecentMemory = recentMemory(),
  size = SEGMENT,
): RecipientIndex {
  const recent = openRecent(memory)
  /** The first `size` of the memory, until all of them are on disk. */
  let building: Building[] = []
  /** What a rollback goes back to. */
  let kept = { length: 0, written: 0 }

  const insertOf = months.reading((month) => db.prepare(`INSERT OR IGNORE INTO recipients_${month} VALUES (?, ?, ?)`))
  const finish = db.prepare('INSERT INTO recipient_segments (month, segment, first_id, last_id) VALUES (?, ?, ?, ?)')
  const lastSegment = db
    .prepare<[string], number | null>('SELECT max(segment) FROM recipient_segments WHERE month = ?')
    .pluck()

  /** The first `size` of the memory, sorted by their hashes, one segment for each month in it. */
  function begin(): void {
    const byMonth = new Map<string, { partition: Partition; at: number[] }>()
    const partitionOf = months.reading((_, partition) => partition)
    for (let i = 0; i < size; i++) {
      const partition = partitionOf(recent.ids[i] as number)
      // Its month is being removed: nobody searches there.
      if (!partition) continue
      const part = byMonth.get(partition.name) ?? { partition, at: [] }
      byMonth.set(partition.name, part)
      part.at.push(i)
    }
    for (const { partition, at } of byMonth.values()) {
      const order = sortedByHash(at, recent.hashes)
      building.push({
        partition,
        segment: (lastSegment.get(partition.name) ?? 0) + 1,
        ids: Float64Array.from(order, (i) => recent.ids[i] as number),
        hashes: Uint32Array.from(order, (i) => recent.hashes[i] as number),
        written: 0,
      })
    }
    kept.written = 0
    if (building.length > 0) return
    recent.drop(size)
    kept.length -= size
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
      for (const { id, recipient } of rest.iterate(lastIndexed.get(name) ?? 0)) recent.add(id, recipientHash(recipient))
    }
    kept.length = recent.length
  }
  recent.truncate(0)
  restore()

  return {
    add: (id, recipient) => recent.add(id, recipientHash(recipient)),
    flush() {
      if (building.length === 0 && kept.length >= size) begin()
      write(Math.max(ROWS_PER_COMMIT, 2 * (recent.length - kept.length)))
    },
    committed() {
      const [current] = building
      if (current && current.written === current.ids.length) {
        building = building.slice(1)
        if (building.length === 0) recent.drop(size)
      }
      kept = { length: recent.length, written: building[0]?.written ?? 0 }
    },
    clear() {
      recent.truncate(kept.length)
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

const min = (a: number, b: number) => Math.min(a, b)
const max = (a: number, b: number) => Math.max(a, b)
