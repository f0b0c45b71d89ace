/** Bulk actions: each step with its moves in one transaction. */
import type { BulkAction } from '../../../messages/bulk.ts'
import type { BulkMove, BulkRecord, BulkStep } from '../../../messages/bulk-store.ts'
import type { Db } from '../database.ts'
import type { MessageOperations } from './messages.ts'

const COLUMNS = `id, action, filter, note, by, state, total, moved, skipped, next_before AS nextBefore, started_at AS startedAt,
  finished_at AS finishedAt, problem, undoes, undone, interruptions`

type Row = Omit<BulkRecord, 'filter' | 'undone'> & { filter: string; undone: 0 | 1 }

const toRecord = ({ filter, undone, ...row }: Row): BulkRecord => ({
  ...row,
  filter: JSON.parse(filter) as BulkRecord['filter'],
  undone: undone === 1,
})

export function bulkOperations(
  db: Db,
  { requeue, cancel, resolve }: Pick<MessageOperations, 'requeue' | 'cancel' | 'resolve'>,
) {
  const insert = db.prepare(
    `INSERT INTO bulk_actions (id, action, filter, note, by, state, total, next_before, started_at, undoes)
     VALUES (@id, @action, @filter, @note, @by, 'running', @total, @nextBefore, @startedAt, @undoes)`,
  )
  const undo = db.prepare("UPDATE bulk_actions SET undone = 1 WHERE id = ? AND undone = 0 AND state <> 'running'")
  const progress = db.prepare(
    `UPDATE bulk_actions SET moved = moved + @moved, skipped = skipped + @skipped, next_before = @nextBefore WHERE id = @id`,
  )
  const stillRunning = db
    .prepare<[number], number>("SELECT 1 FROM bulk_actions WHERE id = ? AND state = 'running'")
    .pluck()
  const insertMoved = db.prepare('INSERT OR IGNORE INTO bulk_moved VALUES (?, ?)')
  const end = db.prepare<[object], Row>(
    `UPDATE bulk_actions SET state = @state, problem = @problem, finished_at = @now,
       skipped = CASE @state WHEN 'done' THEN total - moved ELSE skipped END
     WHERE id = @id AND state = 'running' RETURNING ${COLUMNS}`,
  )
  const interrupted = db.prepare<[number], Row>(
    `UPDATE bulk_actions SET interruptions = interruptions + 1 WHERE id = ? AND state = 'running' RETURNING ${COLUMNS}`,
  )
  const insertAudit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, NULL, ?)')

  const requeued =
    (from: Parameters<typeof requeue>[1], audit: string) =>
    (id: number, { now }: BulkStep): BulkMove | null => {
      const done = requeue(id, from, now, audit)
      return done?.moved ? { kind: 'requeued', record: done.record, entry: done.entry } : null
    }
  const resolved =
    (state: 'sent' | 'failed') =>
    (id: number, { now, note }: BulkStep): BulkMove | null => {
      const done = resolve(id, state, now, note)
      return done?.moved ? { kind: 'resolved', record: done.record } : null
    }
  const act: Record<BulkAction, (id: number, step: BulkStep) => BulkMove | null> = {
    retry: requeued(['failed', 'expired'], 'retry'),
    resend: requeued(['unknown'], 'resend'),
    cancel(id, { now }) {
      const done = cancel(id, now)
      return done?.moved ? { kind: 'cancelled', record: done.record, wasDelayed: done.wasDelayed } : null
    },
    mark_sent: resolved('sent'),
    mark_failed: resolved('failed'),
  }

  return {
    begin({ id, action, filter, note, by, total, nextBefore, startedAt, undoes }: BulkRecord): boolean {
      if (undoes !== null && undo.run(undoes).changes === 0) return false
      insert.run({ id, action, filter: JSON.stringify(filter), note, by, total, nextBefore, startedAt, undoes })
      insertAudit.run(startedAt, `bulk ${action}`, JSON.stringify({ id, total, note, by, filter, undoes }))
      return true
    },

    step(step: BulkStep): BulkMove[] | null {
      const { id, ids, nextBefore } = step
      if (stillRunning.get(id) === undefined) return null
      const moves = ids.map((each) => act[step.action](each, step)).filter((move) => move !== null)
      for (const move of moves) if (move.kind === 'requeued') insertMoved.run(id, move.record.id)
      progress.run({ id, nextBefore, moved: moves.length, skipped: ids.length - moves.length })
      return moves
    },

    end(id: number, state: BulkRecord['state'], problem: string | null, now: number): BulkRecord | null {
      const row = end.get({ id, state, problem, now })
      if (!row) return null
      const { action, moved, skipped } = row
      insertAudit.run(now, `bulk ${action} ${state}`, JSON.stringify({ id, state, moved, skipped }))
      return toRecord(row)
    },

    interrupted(id: number): BulkRecord | null {
      const row = interrupted.get(id)
      return row ? toRecord(row) : null
    },
  }
}

export function bulkReads(db: Db) {
  const one = db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM bulk_actions WHERE id = ?`)
  const newest = db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM bulk_actions ORDER BY id DESC LIMIT ?`)
  const running = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM bulk_actions WHERE state = 'running' ORDER BY id`)
  const moved = db
    .prepare<[number, number, number], number>(
      'SELECT id FROM bulk_moved WHERE action_id = ? AND id < ? ORDER BY id DESC LIMIT ?',
    )
    .pluck()
  return {
    get(id: number): BulkRecord | null {
      const row = one.get(id)
      return row ? toRecord(row) : null
    },
    list: (limit: number): BulkRecord[] => newest.all(limit).map(toRecord),
    running: (): BulkRecord[] => running.all().map(toRecord),
    moved: (id: number, before: number, limit: number): number[] => moved.all(id, before, limit),
  }
}
