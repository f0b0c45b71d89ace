/** What waits, in its order. */
import type { PendingReason, QueueName } from '@signalbox/contracts'
import { acceptedRecord, type MessageRecord } from '../../../messages/record.ts'
import type { NewMessage } from '../../../messages/store.ts'
import type { Entry, LaneSize } from '../../../queue/store.ts'
import { columnsOf } from '../columns.ts'
import { NOBODY, type Self } from '../membership.ts'
import type { Reader } from '../reader.ts'
import { NODE_COUNT } from '../schema/nodes.ts'
import { camel, statement } from '../statement.ts'
import type { Ground } from './message-rows.ts'
import { MESSAGE, RECORD_COLUMNS, RECORDS, toRecord, type Row } from './record-row.ts'

type Lane = Omit<LaneSize, 'count'>

const lanes = statement<[number], LaneSize>(
  'SELECT queue, priority, lane, count(*) AS count FROM queue_entries WHERE owner = $1 GROUP BY queue, priority, lane',
)
const delayed = statement<[], { queue: QueueName; count: number }>(
  'SELECT queue, count(*) AS count FROM queue_delays GROUP BY queue',
)
/** Out of the delays and into the ready. What another node moves just now is left to it. */
const promoteDue = statement<[number, number, number], Entry & { due_at: number }>(
  `WITH due AS (DELETE FROM queue_delays WHERE id IN (
       SELECT id FROM queue_delays WHERE due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING queue, priority, lane, id, due_at),
     ready AS (INSERT INTO queue_entries (owner, queue, priority, lane, id) SELECT $3, queue, priority, lane, id FROM due)
   SELECT * FROM due ORDER BY due_at, id`,
)
const nextDue = statement<[], { due_at: number }>('SELECT due_at FROM queue_delays ORDER BY due_at LIMIT 1')
const records = statement<[string], Row>(`SELECT ${RECORD_COLUMNS} FROM ${RECORDS} WHERE m.id = ANY ($1::bigint[])`)
const retriesDue = statement<[string]>('UPDATE states SET pending_reason = NULL WHERE id = ANY ($1::bigint[])')
const wakeHeld = statement<[string, number, number], { id: number }>(
  `UPDATE queue_delays SET due_at = $2 WHERE id IN (
     SELECT id FROM queue_delays WHERE held_for = $1 AND due_at > $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) RETURNING id`,
)
const hastenOne = statement<[number, number], { id: number }>(
  'UPDATE queue_delays SET due_at = $2 WHERE id = $1 AND due_at > $2 AND held_for IS NOT NULL RETURNING id',
)
const dueNow = statement<[string, number]>('UPDATE states SET due_at = $2 WHERE id = ANY ($1::bigint[])')
export function queueOperations({ db, tally, self }: Ground) {
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
      const due = await db.all(promoteDue, now, limit, self.puts)
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
  }
}

type LaneAfter = [owner: number, queue: string, priority: number, lane: string, after: number, limit: number]
const PAGE = `SELECT id FROM queue_entries
  WHERE owner = $1 AND queue = $2 AND priority = $3 AND lane = $4 AND id > $5 ORDER BY id LIMIT $6`
const load = statement<LaneAfter, { id: number }>(PAGE)
type Accepted = Omit<NewMessage, 'variables'> & { variables: string }
/** With the messages that were not touched since they were accepted. In one statement: it sees one moment. */
const loadWithMessages = statement<LaneAfter, { waiting: number } & (Accepted | { id: null })>(
  `WITH page (waiting) AS MATERIALIZED (${PAGE})
   SELECT waiting, ${camel(Object.keys(MESSAGE).join(', '))} FROM page LEFT JOIN LATERAL (
     SELECT m.* FROM messages m LEFT JOIN states s ON s.id = m.id WHERE m.id = waiting AND s.id IS NULL) untouched ON true
   ORDER BY waiting`,
)
const between = statement<[number, string, number, string, number, number, number], { count: number }>(
  `SELECT count(*) AS count FROM (
     SELECT 1 FROM queue_entries WHERE owner = $1 AND queue = $2 AND priority = $3 AND lane = $4 AND id > $5 AND id < $6 LIMIT $7) AS found`,
)
const countUnowned = statement<[number], { count: number }>(
  `SELECT count(*) AS count FROM (SELECT 1 FROM queue_entries WHERE owner = ${NOBODY} LIMIT $1) AS found`,
)
/** A node that is being ended owns nothing any more. */
const leaseOf = statement<[string, number, string, number], { lease: number }>(
  `SELECT coalesce(n.lease, ${NOBODY}) AS lease FROM queue_entries q LEFT JOIN nodes n ON n.number = q.owner - 1 AND NOT n.ended
   WHERE q.owner = ANY (ARRAY(SELECT generate_series(0, ${NODE_COUNT}))) AND queue = $1 AND priority = $2 AND lane = $3 AND id = $4`,
)

export function queueReads({ db, searches }: Reader, { own }: Pick<Self, 'own'>) {
  return {
    lanes: () => searches.all(lanes, own),
    delayed: () => searches.all(delayed),
    async load({ queue, priority, lane }: Lane, after: number, limit: number) {
      const page = [own, queue, priority, lane, after, limit] as const
      if (queue !== 'message.send') return { ids: (await db.all(load, ...page)).map(({ id }) => id), untouched: [] }
      const rows = await db.all(loadWithMessages, ...page)
      return {
        ids: rows.map(({ waiting }) => waiting),
        untouched: rows.flatMap((row) => (row.id === null ? [] : [readyRecord(row)])),
      }
    },
    async countBetween({ queue, priority, lane }: Lane, after: number, before: number, limit: number): Promise<number> {
      return (await db.one(between, own, queue, priority, lane, after, before, limit))?.count ?? 0
    },
    ownerOf: async ({ queue, priority, lane, id }: Entry) =>
      (await db.one(leaseOf, queue, priority, lane, id))?.lease ?? null,
    unowned: async (limit: number) => (await db.one(countUnowned, limit))?.count ?? 0,
  }
}

/** It stands among what is ready, whatever its time was. */
function readyRecord(row: Accepted): MessageRecord {
  const record = acceptedRecord({ ...row, variables: JSON.parse(row.variables) as Record<string, string> })
  record.state = 'queued'
  record.pendingReason = null
  return record
}
