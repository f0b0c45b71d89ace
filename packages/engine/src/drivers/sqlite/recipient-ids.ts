import type { Db } from './database.ts'
import type { Partition } from './partitions.ts'
import { recipientHash } from './recipients.ts'

/** Ids of a part of a month whose recipient may be this one, newest first: from the segments, and of those no segment holds yet. */
export function recipientIds(db: Db) {
  const segments = db.prepare<[string], { segment: number; last_id: number }>(
    'SELECT segment, last_id FROM recipient_segments WHERE month = ? ORDER BY last_id DESC',
  )

  return function* idsTo(
    { name, from, to }: Partition,
    recipient: string,
    recent: readonly number[],
  ): Generator<number> {
    const hash = recipientHash(recipient)
    const ofSegment = db
      .prepare<[number, number, number, number], number>(
        `SELECT id FROM recipients_${name} WHERE segment = ? AND hash = ? AND id < ? AND id >= ? ORDER BY id DESC`,
      )
      .pluck()
    let found = recent.filter((id) => id >= from && id < to)
    for (const { segment, last_id } of segments.all(name)) {
      // What is newer than everything still to be read is next; segments overlap by little, if at all.
      found.sort((a, b) => b - a)
      const newer = found.findIndex((id) => id <= last_id)
      yield* found.splice(0, newer < 0 ? found.length : newer)
      found = [...found, ...ofSegment.all(segment, hash, to, from)]
    }
    yield* found.sort((a, b) => b - a)
  }
}
