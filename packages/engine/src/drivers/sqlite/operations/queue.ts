import type { PendingReason, QueueName } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry, LaneSize } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import { isResident } from '../partition-tables.ts'
import type { Partitions } from '../partitions.ts'
import type { Tally } from '../tally.ts'
import { RECORD_COLUMNS, recordsOf, toRecord, type RecordRow } from './rows.ts'

export function queueOperations(db: Db, tally: Tally, { months }: Partitions) {
  const lanes = db.prepare<[], LaneSize>(
    'SELECT queue, priority, lane, count(*) AS count FROM queue_entries GROUP BY queue, priority, lane',
  )
  const due = db.prepare<[number, number], Entry & { due_at: number }>(
    'SELECT queue, priority, lane, id, due_at FROM queue_delays WHERE due_at <= ? ORDER BY due_at, id LIMIT ?',
  )
  const nextDue = db.prepare<[], number>('SELECT due_at FROM queue_delays ORDER BY due_at LIMIT 1').pluck()
  const delayed = db.prepare<[], { queue: QueueName; count: number }>(
    'SELECT queue, count(*) AS count FROM queue_delays GROUP BY queue',
  )
  const deleteDelay = db.prepare('DELETE FROM queue_delays WHERE due_at = @due_at AND id = @id')
  const insertEntry = db.prepare('INSERT INTO queue_entries VALUES (@queue, @priority, @lane, @id)')
  const retryDueOf = months.writing((month) =>
    db.prepare(`UPDATE states_${month} SET pending_reason = NULL WHERE id = ?`),
  )
  const heldFor = db.prepare<[PendingReason, number, number], { id: number; due_at: number }>(
    'SELECT id, due_at FROM queue_delays WHERE held_for = ? AND due_at > ? ORDER BY due_at LIMIT ?',
  )
  const stateDueAtOf = months.writing((month) => db.prepare(`UPDATE states_${month} SET due_at = ? WHERE id = ?`))
  const delayDueAt = db.prepare(
    'UPDATE queue_delays SET due_at = @to WHERE id = @id AND due_at = @due_at AND held_for IS NOT NULL',
  )
  const heldUntilOf = months.reading((month) =>
    db.prepare<[number], number | null>(`SELECT due_at FROM states_${month} WHERE id = ?`).pluck(),
  )
  const selectOf = months.reading((month) =>
    db.prepare<[number], RecordRow>(`SELECT ${RECORD_COLUMNS} FROM ${recordsOf(month)} WHERE m.id = ?`),
  )
  /** Never back: what ended long ago would be looked through again. */
  const mark = db.prepare('UPDATE resident_mark SET id = max(id, ?)')
  /** What was claimed, held or cancelled since the engine chose it for writing down waits in the queue no longer. */
  const writeDownOf = months.reading((month) =>
    db.prepare(
      `INSERT OR IGNORE INTO queue_entries SELECT @queue, @priority, @lane, id FROM messages_${month} m WHERE id = @id
         AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = m.id) AND NOT EXISTS (SELECT 1 FROM states_${month} s WHERE s.id = m.id)`,
    ),
  )

  /** False when it was not held until `due_at`. */
  function move(id: number, due_at: number, to: number): boolean {
    if (delayDueAt.run({ id, due_at, to }).changes === 0) return false
    stateDueAtOf(id).run(to, id)
    return true
  }

  return {
    lanes: (): LaneSize[] => lanes.all(),
    delayed: (): { queue: QueueName; count: number }[] => delayed.all(),

    wake(reason: PendingReason, now: number, limit: number): number {
      const held = heldFor.all(reason, now, limit)
      for (const { id, due_at } of held) move(id, due_at, now)
      return held.length
    },

    hasten(id: number, dueAt: number): boolean {
      const heldUntil = heldUntilOf(id)?.get(id) ?? null
      return heldUntil !== null && heldUntil > dueAt && move(id, heldUntil, dueAt)
    },

    promote(now: number, limit: number): { entries: Entry[]; records: MessageRecord[]; nextDueAt: number | null } {
      const entries: Entry[] = []
      const records: MessageRecord[] = []
      for (const { due_at, ...entry } of due.all(now, limit)) {
        deleteDelay.run({ due_at, id: entry.id })
        insertEntry.run(entry)
        entries.push(entry)
        if (entry.queue !== 'message.send') continue
        const row = selectOf(entry.id)?.get(entry.id)
        if (!row) continue
        const record = { ...toRecord(row, () => false), pendingReason: null }
        if (row.state === null) tally.moved(record, 'scheduled', 'queued', now, {})
        else retryDueOf(entry.id).run(entry.id)
        records.push(record)
      }
      return { entries, records, nextDueAt: nextDue.get() ?? null }
    },

    writeDown(entries: readonly Entry[], oldestResident: number): void {
      for (const entry of entries) writeDownOf(entry.id)?.run(entry)
      mark.run(oldestResident)
    },
  }
}

/**
 * Gives what waited in memory alone when the process ended its entry in the queue. Called once, before anything else is
 * written. Everything younger than the mark is looked at: a few seconds' worth of messages.
 */
export function restoreResidents(db: Db, { months }: Partitions): void {
  db.transaction(() => {
    let next = db.prepare('SELECT id FROM resident_mark').pluck().get() as number
    for (const { name } of months.list()) {
      db.exec(
        `INSERT INTO queue_entries SELECT 'message.send', m.priority, m.channel || '/' || m.flow, m.id
         FROM messages_${name} m WHERE ${isResident(name)}`,
      )
      const last = db.prepare(`SELECT max(id) FROM messages_${name}`).pluck().get() as number | null
      next = Math.max(next, (last ?? 0) + 1)
    }
    db.prepare('UPDATE resident_mark SET id = ?').run(next)
  }).immediate()
}

/** One that was never claimed, by its columns: it crosses to the main thread as an array. */
export type UntouchedColumns = [
  id: number,
  channel: MessageRecord['channel'],
  recipient: string,
  templateId: number,
  templateVersion: number,
  variables: string,
  priority: number,
  flow: string,
  taskId: number | null,
  acceptedAt: number,
  dueAt: number,
  expiresAt: number | null,
  settingsVersion: number,
  traceparent: string | null,
  timeZone: string | null,
]

export function queueReads(db: Db, { months }: Partitions) {
  const load = db
    .prepare<[QueueName, number, string, number, number], number>(
      'SELECT id FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id > ? ORDER BY id LIMIT ?',
    )
    .pluck()
  const between = db
    .prepare<[QueueName, number, string, number, number, number], number>(
      `SELECT count(*) FROM (
         SELECT 1 FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id > ? AND id < ? LIMIT ?)`,
    )
    .pluck()
  const untouchedOf = months.reading((month) =>
    db
      .prepare<[number], UntouchedColumns>(
        `SELECT * FROM messages_${month} m WHERE id = ? AND NOT EXISTS (SELECT 1 FROM states_${month} s WHERE s.id = m.id)`,
      )
      .raw(),
  )

  return {
    countBetween: (lane: Omit<LaneSize, 'count'>, after: number, before: number, limit: number): number =>
      between.get(lane.queue, lane.priority, lane.lane, after, before, limit) ?? 0,
    load: db.transaction(
      (
        lane: Omit<LaneSize, 'count'>,
        after: number,
        limit: number,
      ): { ids: number[]; untouched: UntouchedColumns[] } => {
        const ids = load.all(lane.queue, lane.priority, lane.lane, after, limit)
        if (lane.queue !== 'message.send') return { ids, untouched: [] }
        return { ids, untouched: ids.map((id) => untouchedOf(id)?.get(id)).filter((row) => row !== undefined) }
      },
    ) as (
      lane: Omit<LaneSize, 'count'>,
      after: number,
      limit: number,
    ) => { ids: number[]; untouched: UntouchedColumns[] },
  }
}
