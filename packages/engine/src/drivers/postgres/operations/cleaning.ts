/** Taking away what is past its time: a whole day or month at once, all else a bounded number of rows in each call. */
import { firstIdAt } from '../../../ids.ts'
import type { MessageStore } from '../../../messages/store.ts'
import { columnsOf } from '../columns.ts'
import { statement } from '../statement.ts'
import { together } from '../together.ts'
import type { Ground } from './message-rows.ts'

type Limits = Parameters<MessageStore['clean']>[0]

const forgetKeys = statement<[number, number]>(
  'DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE created_at < $1 LIMIT $2)',
)
const forgetKept = statement<[number, number]>(
  `DELETE FROM kept_messages WHERE id IN (SELECT id FROM kept_messages
     WHERE id <= (SELECT id FROM kept_messages ORDER BY id DESC OFFSET $1 LIMIT 1) ORDER BY id LIMIT $2)`,
)
const forgetLooks = statement<[number, number]>(
  'DELETE FROM message_looks WHERE (record_id, at) IN (SELECT record_id, at FROM message_looks WHERE at < $1 LIMIT $2)',
)
const oldActions = statement<[number], { id: number }>(
  "SELECT id FROM bulk_actions WHERE state <> 'running' ORDER BY id DESC OFFSET $1",
)
const forgetMoved = statement<[number, number]>(
  'DELETE FROM bulk_moved WHERE action_id = $1 AND id IN (SELECT id FROM bulk_moved WHERE action_id = $1 LIMIT $2)',
)
const forgetAction = statement<[number]>('DELETE FROM bulk_actions WHERE id = $1')
/** Something in it is still to come, or to be decided. What one node counted in, another may have counted out. */
const open = statement<[string], { state: string }>(
  `SELECT state FROM state_counts WHERE month = $1 AND state IN ('scheduled', 'queued', 'sending', 'unknown')
   GROUP BY state HAVING sum(count) > 0`,
)
const forgetCounts = statement<[string]>('DELETE FROM state_counts WHERE month = $1')
const forgetTasks = statement<[number, number], { id: number }>(
  'DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE last_id < $1 LIMIT $2) RETURNING id',
)
const forgetTaskCounts = statement<[string]>('DELETE FROM task_counts WHERE task_id = ANY ($1::bigint[])')
const forgetProgress = statement<[string]>('DELETE FROM task_progress WHERE task_id = ANY ($1::bigint[])')

export function cleaningOperations({ db, partitions }: Ground) {
  /** At most one each time: it is locked until the commit. */
  async function dropDay(before: number): Promise<number> {
    const old = (await partitions.list('day')).find(({ to }) => to <= before)
    if (!old) return 0
    await partitions.drop('day', old.name)
    return 1
  }

  async function dropMonth(before: number): Promise<number> {
    for (const { name, to } of await partitions.list('month')) {
      if (to > before) return 0
      if (await db.one(open, name)) continue
      // Nobody moves a message of it from now on: who was about to is done, and counted.
      await partitions.lock('month', name)
      if (await db.one(open, name)) return 0
      await partitions.drop('month', name)
      await db.run(forgetCounts, name)
      return 1
    }
    return 0
  }

  async function forgetActions(keptAtMost: number, rows: number): Promise<number> {
    let removed = 0
    for (const { id } of await db.all(oldActions, keptAtMost)) {
      removed += await db.run(forgetMoved, id, rows - removed)
      if (removed >= rows) return removed
      removed += await db.run(forgetAction, id)
    }
    return removed
  }

  return {
    async clean({
      tracesBefore,
      recordsBefore,
      keysBefore,
      keptAtMost,
      actionsAtMost,
      batch,
    }: Limits): Promise<number> {
      const oldest = firstIdAt(recordsBefore)
      const dropped = (await dropDay(tracesBefore)) + (await dropMonth(oldest))
      const tasks = (await db.all(forgetTasks, oldest, batch)).map(({ id }) => id)
      const ids = columnsOf(tasks, (id) => id) as [string]
      if (tasks.length > 0) await together([db.run(forgetTaskCounts, ...ids), db.run(forgetProgress, ...ids)])
      const rest =
        (await db.run(forgetKeys, keysBefore, batch)) +
        (await db.run(forgetKept, keptAtMost, batch)) +
        (await db.run(forgetLooks, tracesBefore, batch))
      // What was dropped counts as a full step: there may be more of it.
      return dropped * batch + tasks.length + rest + (await forgetActions(actionsAtMost, batch))
    },
  }
}
