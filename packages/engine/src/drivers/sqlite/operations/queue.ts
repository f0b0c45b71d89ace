import type { PendingReason, QueueName } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry, LaneSize } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Tally } from '../tally.ts'
import { RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'

export function queueOperations(db: Db, tally: Tally) {
  const lanes = db.prepare<[], LaneSize>(
    'SELECT queue, priority, lane, count(*) AS count FROM queue_entries GROUP BY queue, priority, lane',
  )
  const load = db
    .prepare<[QueueName, number, string, number, number], number>(
      'SELECT id FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id > ? ORDER BY id LIMIT ?',
    )
    .pluck()
  const due = db.prepare<[number, number], Entry & { due_at: number }>(
    'SELECT queue, priority, lane, id, due_at FROM queue_delays WHERE due_at <= ? ORDER BY due_at, id LIMIT ?',
  )
  const nextDue = db.prepare<[], number>('SELECT due_at FROM queue_delays ORDER BY due_at LIMIT 1').pluck()
  const delayed = db.prepare<[], { queue: QueueName; count: number }>(
    'SELECT queue, count(*) AS count FROM queue_delays GROUP BY queue',
  )
  const deleteDelay = db.prepare('DELETE FROM queue_delays WHERE due_at = @due_at AND id = @id')
  const insertEntry = db.prepare('INSERT INTO queue_entries VALUES (@queue, @priority, @lane, @id)')
  const retryDue = db.prepare('UPDATE message_states SET pending_reason = NULL WHERE id = ?')
  const heldFor = db
    .prepare<[number, string, number], number>(
      `SELECT d.id FROM queue_delays d CROSS JOIN message_states s ON s.id = d.id
       WHERE d.due_at > ? AND s.pending_reason = ? LIMIT ?`,
    )
    .pluck()
  const stateDueAt = db.prepare('UPDATE message_states SET due_at = ? WHERE id = ?')
  const delayDueAt = db.prepare(
    'UPDATE queue_delays SET due_at = @now WHERE id = @id AND due_at = (SELECT due_at FROM message_states WHERE id = @id)',
  )
  const select = db.prepare<[number], RecordRow>(
    `SELECT ${RECORD_COLUMNS} FROM messages m LEFT JOIN message_states s ON s.id = m.id WHERE m.id = ?`,
  )

  return {
    lanes: (): LaneSize[] => lanes.all(),
    delayed: (): { queue: QueueName; count: number }[] => delayed.all(),

    load(lane: Omit<LaneSize, 'count'>, after: number, limit: number): number[] {
      return load.all(lane.queue, lane.priority, lane.lane, after, limit)
    },

    wake(reason: PendingReason, now: number, limit: number): number {
      const ids = heldFor.all(now, reason, limit)
      for (const id of ids) {
        delayDueAt.run({ id, now })
        stateDueAt.run(now, id)
      }
      return ids.length
    },

    promote(now: number, limit: number): { entries: Entry[]; records: MessageRecord[]; nextDueAt: number | null } {
      const entries: Entry[] = []
      const records: MessageRecord[] = []
      for (const { due_at, ...entry } of due.all(now, limit)) {
        deleteDelay.run({ due_at, id: entry.id })
        insertEntry.run(entry)
        entries.push(entry)
        if (entry.queue !== 'message.send') continue
        const row = select.get(entry.id)
        if (!row) continue
        const record = { ...toRecord(row, () => false), pendingReason: null }
        if (row.state === null) tally.moved(record, 'scheduled', 'queued', now, {})
        else retryDue.run(entry.id)
        records.push(record)
      }
      return { entries, records, nextDueAt: nextDue.get() ?? null }
    },
  }
}

export function queueReads(db: Db) {
  const between = db
    .prepare<[QueueName, number, string, number, number, number], number>(
      `SELECT count(*) FROM (
         SELECT 1 FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id > ? AND id < ? LIMIT ?)`,
    )
    .pluck()
  return {
    countBetween: (lane: Omit<LaneSize, 'count'>, after: number, before: number, limit: number): number =>
      between.get(lane.queue, lane.priority, lane.lane, after, before, limit) ?? 0,
  }
}
