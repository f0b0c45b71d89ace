/** Bulk actions: each step with its moves in one transaction. */
import type { BulkAction } from '../../../messages/bulk.ts'
import type { BulkMove, BulkRecord, BulkStep } from '../../../messages/bulk-store.ts'
import { columnsOf } from '../columns.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'
import { together } from '../together.ts'
import type { MessageRows } from './message-rows.ts'
import { insertAudit, type MoveOperations } from './moves.ts'

const COLUMNS = camel(
  'id, action, filter, note, by, state, total, moved, skipped, next_before, started_at, finished_at, problem, undoes, undone, interruptions',
)

const insert = statement<[number, string, string, string, string | null, number, number | null, number, number | null]>(
  `INSERT INTO bulk_actions (id, action, filter, note, by, state, total, next_before, started_at, undoes)
   VALUES ($1, $2, $3, $4, $5, 'running', $6, $7, $8, $9)`,
)
const undo = statement<[number]>(
  "UPDATE bulk_actions SET undone = true WHERE id = $1 AND NOT undone AND state <> 'running'",
)
const progress = statement<[number, number, number | null, number]>(
  'UPDATE bulk_actions SET moved = moved + $1, skipped = skipped + $2, next_before = $3 WHERE id = $4',
)
const insertMoved = statement<[number, string]>(
  'INSERT INTO bulk_moved (action_id, id) SELECT $1, * FROM unnest($2::bigint[]) ON CONFLICT DO NOTHING',
)
const stillRunning = statement<[number], { id: number }>(
  "SELECT id FROM bulk_actions WHERE id = $1 AND state = 'running' FOR UPDATE",
)
const end = statement<[string, string | null, number, number], BulkRecord>(
  `UPDATE bulk_actions SET state = $1::text, problem = $2, finished_at = $3,
     skipped = CASE $1::text WHEN 'done' THEN total - moved ELSE skipped END
   WHERE id = $4 AND state = 'running' RETURNING ${COLUMNS}`,
)
const interrupted = statement<[number], BulkRecord>(
  `UPDATE bulk_actions SET interruptions = interruptions + 1 WHERE id = $1 AND state = 'running' RETURNING ${COLUMNS}`,
)

export function bulkOperations(
  db: Db,
  rows: Pick<MessageRows, 'lockAll'>,
  { requeue, cancel, resolve }: MoveOperations,
) {
  const requeued =
    (from: Parameters<typeof requeue>[1], audit: string) =>
    async (id: number, { now }: BulkStep): Promise<BulkMove | null> => {
      const done = await requeue(id, from, now, audit)
      return done?.moved ? { kind: 'requeued', record: done.record, entry: done.entry } : null
    }
  const resolved =
    (state: 'sent' | 'failed') =>
    async (id: number, { now, note }: BulkStep): Promise<BulkMove | null> => {
      const done = await resolve(id, state, now, note)
      return done?.moved ? { kind: 'resolved', record: done.record } : null
    }
  const act: Record<BulkAction, (id: number, step: BulkStep) => Promise<BulkMove | null>> = {
    retry: requeued(['failed', 'expired'], 'retry'),
    resend: requeued(['unknown'], 'resend'),
    async cancel(id, { now }) {
      const done = await cancel(id, now)
      return done?.moved ? { kind: 'cancelled', record: done.record, wasDelayed: done.wasDelayed } : null
    },
    mark_sent: resolved('sent'),
    mark_failed: resolved('failed'),
  }

  return {
    async begin({ id, action, filter, note, by, total, nextBefore, startedAt, undoes }: BulkRecord): Promise<boolean> {
      if (undoes !== null && (await db.run(undo, undoes)) === 0) return false
      await db.run(insert, id, action, JSON.stringify(filter), note, by, total, nextBefore, startedAt, undoes)
      const detail = JSON.stringify({ id, total, note, by, filter, undoes })
      await db.run(insertAudit, startedAt, `bulk ${action}`, null, detail)
      return true
    },

    async step(step: BulkStep): Promise<BulkMove[] | null> {
      const { id, ids, nextBefore, action } = step
      if (!(await db.one(stillRunning, id))) return null
      // Each id once: they run side by side.
      const once = [...new Set(ids)]
      // What is cancelled is taken out of its place first, one by one.
      if (action !== 'cancel') await rows.lockAll(once)
      const moves = (await together(once.map((each) => act[action](each, step)))).filter((move) => move !== null)
      const back = moves.filter(({ kind }) => kind === 'requeued').map(({ record }) => record.id)
      if (back.length > 0) await db.run(insertMoved, id, ...(columnsOf(back, (each) => each) as [string]))
      await db.run(progress, moves.length, ids.length - moves.length, nextBefore, id)
      return moves
    },

    async end(id: number, state: BulkRecord['state'], problem: string | null, now: number): Promise<BulkRecord | null> {
      const record = await db.one(end, state, problem, now, id)
      if (!record) return null
      const { action, moved, skipped } = record
      await db.run(insertAudit, now, `bulk ${action} ${state}`, null, JSON.stringify({ id, state, moved, skipped }))
      return record
    },

    interrupted: (id: number) => db.one(interrupted, id),
  }
}

const one = statement<[number], BulkRecord>(`SELECT ${COLUMNS} FROM bulk_actions WHERE id = $1`)
const newest = statement<[number], BulkRecord>(`SELECT ${COLUMNS} FROM bulk_actions ORDER BY id DESC LIMIT $1`)
const running = statement<[], BulkRecord>(`SELECT ${COLUMNS} FROM bulk_actions WHERE state = 'running' ORDER BY id`)
const moved = statement<[number, number, number], { id: number }>(
  'SELECT id FROM bulk_moved WHERE action_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3',
)

export function bulkReads({ db }: Reader) {
  return {
    get: (id: number) => db.one(one, id),
    list: (limit: number) => db.all(newest, limit),
    running: () => db.all(running),
    moved: async (id: number, before: number, limit: number) =>
      (await db.all(moved, id, before, limit)).map((row) => row.id),
  }
}
