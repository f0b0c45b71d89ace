import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { firstIdAt } from '../../ids.ts'
import { migrate, openDatabase, type Db } from './database.ts'
import { openPartitions, type Partitions } from './partitions.ts'
import { findRecent } from './recent-recipients.ts'
import { openRecipientIndex, recentMemory, recipientHash, type RecipientIndex } from './recipients.ts'

const JANUARY = firstIdAt(Date.UTC(2026, 0, 31))
const FEBRUARY = firstIdAt(Date.UTC(2026, 1, 1))
/** Two commits write it: the first as many rows as every commit does. */
const SEGMENT = 300

interface Index {
  db: Db
  partitions: Partitions
  index: RecipientIndex
  /** One transaction that accepts these, and `also` does something else in it. */
  commit(ids: readonly number[], also?: () => void): void
  /** The same that finds no end. */
  rollBack(ids: readonly number[]): void
  /** Reads the memory back, as a restart does. */
  restart(): void
  /** Where it finds the one of that id: in memory, on disk. */
  found(id: number): { memory: boolean; segments: number }
}

const nameOf = (id: number) => `user-${id}`

function openIndex(): Index {
  const db = openDatabase(temporaryFolder(), 'write')
  onTestFinished(() => {
    db.close()
  })
  migrate(db)
  const partitions = openPartitions(db)
  const insertOf = partitions.months.writing((month) =>
    db.prepare(
      `INSERT INTO messages_${month} VALUES (?, 'sms', ?, 1, 1, '{}', 5, 'api', NULL, 0, 0, NULL, 1, NULL, NULL)`,
    ),
  )
  const memory = recentMemory(SEGMENT)
  let index = openRecipientIndex(db, partitions, memory, SEGMENT)
  function begin(ids: readonly number[]): void {
    db.exec('BEGIN')
    for (const id of ids) {
      insertOf(id).run(id, nameOf(id))
      index.add(id, nameOf(id))
    }
  }
  return {
    db,
    partitions,
    get index() {
      return index
    },
    commit(ids, also) {
      begin(ids)
      also?.()
      index.flush()
      db.exec('COMMIT')
      index.committed()
    },
    rollBack(ids) {
      begin(ids)
      index.flush()
      db.exec('ROLLBACK')
      index.clear()
      partitions.clear()
    },
    restart() {
      index = openRecipientIndex(db, partitions, memory, SEGMENT)
    },
    found(id) {
      const ofMonth = partitions.months.reading((month) =>
        db
          .prepare(
            `SELECT count(*) FROM recipients_${month} r JOIN recipient_segments s ON s.month = '${month}' AND s.segment = r.segment
             WHERE r.hash = ? AND r.id = ?`,
          )
          .pluck(),
      )
      return {
        memory: findRecent(memory, recipientHash(nameOf(id))).includes(id),
        segments: (ofMonth(id)?.get(recipientHash(nameOf(id)), id) as number | undefined) ?? 0,
      }
    },
  }
}

const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + i)

/** Those that are not found, or twice where once is right. */
function amiss({ found }: Index, all: readonly number[]): number[] {
  return all.filter((id) => {
    const { memory, segments } = found(id)
    return segments > 1 || (!memory && segments === 0)
  })
}

describe('the index of recipients', () => {
  it('finds everybody in memory, while a segment is written, and when it is', () => {
    const open = openIndex()
    const all = ids(JANUARY, SEGMENT)
    open.commit(all)
    expect(amiss(open, all)).toEqual([])
    open.commit([])
    expect(amiss(open, all)).toEqual([])
    expect(open.found(JANUARY)).toEqual({ memory: true, segments: 0 })
    open.commit([])
    expect(open.found(JANUARY)).toEqual({ memory: false, segments: 1 })
    expect(amiss(open, all)).toEqual([])
  })

  it('finds them after a restart in the middle of a segment, also of two months', () => {
    const open = openIndex()
    const all = [...ids(JANUARY, 250), ...ids(FEBRUARY, 250)]
    open.commit(all)
    for (let commits = 0; commits < 6; commits++) {
      open.restart()
      expect(amiss(open, all)).toEqual([])
      open.commit([])
      expect(amiss(open, all)).toEqual([])
      open.commit([])
      expect(amiss(open, all)).toEqual([])
    }
  })

  it('loses nothing and knows nothing too much after a rollback in the middle of a segment', () => {
    const open = openIndex()
    const all = ids(JANUARY, SEGMENT)
    open.commit(all)
    for (let commits = 0; commits < 3; commits++) {
      const undone = ids(FEBRUARY + commits * 1_000, 400)
      open.rollBack(undone)
      expect(open.found(undone[0] as number)).toEqual({ memory: false, segments: 0 })
      open.commit([])
      expect(amiss(open, all)).toEqual([])
    }
  })

  it('lets every write go on when the month of a segment is removed while it is written', () => {
    const open = openIndex()
    open.commit(ids(JANUARY, SEGMENT))
    open.commit([])
    const later = ids(FEBRUARY, 10)
    open.commit(later, () => open.partitions.months.retire('202601'))
    open.commit([])
    expect(amiss(open, later)).toEqual([])
    expect(open.db.prepare('SELECT count(*) FROM recipient_segments').pluck().get()).toBe(0)
  })

  it('forgets what is in memory of a month that is gone, and goes on', () => {
    const open = openIndex()
    const all = ids(JANUARY, SEGMENT)
    open.commit(all, () => open.partitions.months.retire('202601'))
    open.commit([])
    expect(open.found(all[0] as number)).toEqual({ memory: false, segments: 0 })
    const later = ids(FEBRUARY, 10)
    open.commit(later)
    expect(amiss(open, later)).toEqual([])
  })
})
