/** What waits, in its order. */
import type { PendingReason, QueueName } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry, LaneSize } from '../../../queue/store.ts'
import { columnsOf, unnest } from '../columns.ts'
import type { Reader } from '../reader.ts'
import { IS_RESIDENT } from '../schema/messages.ts'
import { statement, type Db } from '../statement.ts'
import { together } from '../together.ts'
import type { Ground } from './message-rows.ts'
import { RECORD_COLUMNS, RECORDS, toRecord, type Row } from './record-row.ts'

type Lane = Omit<LaneSize, 'count'>

const lanes = statement<[], LaneSize>(
  'SELECT queue, priority, lane, count(*) AS count FROM queue_entries GROUP BY queue, priority, lane',
)
const delayed = statement<[], { queue: QueueName; count: number }>(
  'SELECT queue, count(*) AS count FROM queue_delays GROUP BY queue',
)
/** Out of the delays and into the ready. */
const promoteDue = statement<[number, number], Entry & { due_at: number }>(
  `WITH due AS (DELETE FROM queue_delays WHERE id IN (
       SELECT id FROM queue_delays WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2) RETURNING queue, priority, lane, id, due_at),
     ready AS (INSERT INTO queue_entries (queue, priority, lane, id) SELECT queue, priority, lane, id FROM due)
   SELECT * FROM due ORDER BY due_at, id`,
)
const nextDue = statement<[], { due_at: number }>('SELECT due_at FROM queue_delays ORDER BY due_at LIMIT 1')
const records = statement<[string], Row>(`SELECT ${RECORD_COLUMNS} FROM ${RECORDS} WHERE m.id = ANY ($1::bigint[])`)
const retriesDue = statement<[string]>('UPDATE states SET pending_reason = NULL WHERE id = ANY ($1::bigint[])')
const wakeHeld = statement<[string, number, number], { id: number }>(
  `UPDATE queue_delays SET due_at = $2 WHERE id IN (
     SELECT id FROM queue_delays WHERE held_for = $1 AND due_at > $2 ORDER BY due_at LIMIT $3) RETURNING id`,
)
const hastenOne = statement<[number, number], { id: number }>(
  'UPDATE queue_delays SET due_at = $2 WHERE id = $1 AND due_at > $2 AND held_for IS NOT NULL RETURNING id',
)
const dueNow = statement<[string, number]>('UPDATE states SET due_at = $2 WHERE id = ANY ($1::bigint[])')
/** Never back: what ended long ago would be looked through again. */
const mark = statement<[number]>('UPDATE resident_mark SET id = greatest(id, $1) WHERE id < $1')
/** What was claimed, held or cancelled since the engine chose it for writing down waits in the queue no longer. */
const writeDown = statement<string[]>(
  `INSERT INTO queue_entries (queue, priority, lane, id)
   SELECT w.queue, w.priority, w.lane, w.id FROM ${unnest({ queue: 'text', priority: 'smallint', lane: 'text', id: 'bigint' })}
   WHERE EXISTS (SELECT 1 FROM messages m WHERE m.id = w.id) AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = w.id)
     AND NOT EXISTS (SELECT 1 FROM states s WHERE s.id = w.id)
   ON CONFLICT DO NOTHING`,
)

export function queueOperations({ db, tally }: Ground) {
  const idsOf = (ids: readonly number[]) => columnsOf(ids, (id) => id) as [string]

  return {
    async wake(reason: PendingReason, now: number, limit: number): Promise<number> {
      const ids = (await db.all(wakeHeld, reason, now, limit)).map(({ id }) => id)
      if (ids.length > 0) await db.run(dueNow, ...idsOf(ids), now)
      return ids.length
    },

    async hasten(id: number, dueAt: number): Promise<boolean> {
      if (!(await db.one(hastenOne, id, dueAt))) return false
      await db.run(dueNow, ...idsOf([id]), dueAt)
      return true
    },

    async promote(now: number, limit: number) {
      const due = await db.all(promoteDue, now, limit)
      const entries = due.map(({ queue, priority, lane, id }): Entry => ({ queue, priority, lane, id }))
      const ids = entries.filter(({ queue }) => queue === 'message.send').map(({ id }) => id)
      const found = ids.length > 0 ? await db.all(records, ...idsOf(ids)) : []
      const byId = new Map(found.map((row) => [row.id, row]))
      const retried: number[] = []
      const promoted = ids.flatMap((id): MessageRecord[] => {
        const row = byId.get(id)
        if (!row) return []
        const record = { ...toRecord(row), pendingReason: null }
        if (row.state === null) tally.moved(record, 'scheduled', 'queued', now, {})
        else retried.push(id)
        return [record]
      })
      if (retried.length > 0) await db.run(retriesDue, ...idsOf(retried))
      return { entries, records: promoted, nextDueAt: (await db.one(nextDue))?.due_at ?? null }
    },

    async writeDown(entries: readonly Entry[], oldestResident: number): Promise<void> {
      const columns = columnsOf(
        entries,
        ({ queue }) => queue,
        ({ priority }) => priority,
        ({ lane }) => lane,
        ({ id }) => id,
      )
      await together([
        entries.length > 0 ? db.run(writeDown, ...columns) : Promise.resolve(0),
        db.run(mark, oldestResident),
      ])
    },
  }
}

const restore = statement(
  `INSERT INTO queue_entries (queue, priority, lane, id)
   SELECT 'message.send', m.priority, m.channel || '/' || m.flow, m.id FROM messages m WHERE ${IS_RESIDENT}`,
)
const markLast = statement(
  'UPDATE resident_mark SET id = greatest(id, coalesce((SELECT id FROM messages ORDER BY id DESC LIMIT 1), 0) + 1)',
)

/**
 * Gives what waited in memory alone when the process ended its entry in the queue. Called once, before anything else is
 * written. Everything younger than the mark is looked at: a few seconds' worth of messages.
 */
export async function restoreResidents(db: Db): Promise<void> {
  await db.run(restore)
  await db.run(markLast)
}

const load = statement<[string, number, string, number, number], { id: number }>(
  'SELECT id FROM queue_entries WHERE queue = $1 AND priority = $2 AND lane = $3 AND id > $4 ORDER BY id LIMIT $5',
)
const untouched = statement<[string], Row>(
  `SELECT ${RECORD_COLUMNS} FROM ${RECORDS} WHERE m.id = ANY ($1::bigint[]) AND s.id IS NULL ORDER BY m.id`,
)
const between = statement<[string, number, string, number, number, number], { count: number }>(
  `SELECT count(*) AS count FROM (
     SELECT 1 FROM queue_entries WHERE queue = $1 AND priority = $2 AND lane = $3 AND id > $4 AND id < $5 LIMIT $6) AS found`,
)

export function queueReads({ db, snapshot }: Reader) {
  return {
    lanes: () => db.all(lanes),
    delayed: () => db.all(delayed),
    load: ({ queue, priority, lane }: Lane, after: number, limit: number) =>
      snapshot(async (at) => {
        const ids = (await at.all(load, queue, priority, lane, after, limit)).map(({ id }) => id)
        if (queue !== 'message.send' || ids.length === 0) return { ids, untouched: [] }
        const rows = await at.all(untouched, ...(columnsOf(ids, (id) => id) as [string]))
        return { ids, untouched: rows.map(toRecord) }
      }),
    async countBetween({ queue, priority, lane }: Lane, after: number, before: number, limit: number): Promise<number> {
      return (await db.one(between, queue, priority, lane, after, before, limit))?.count ?? 0
    },
  }
}
