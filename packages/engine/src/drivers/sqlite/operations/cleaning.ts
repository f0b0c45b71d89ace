/** Taking away what is past its time, a bounded number of rows in each call; a whole day or month at last, empty. */
import { firstIdAt } from '../../../ids.ts'
import type { MessageStore } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { Partition, PartitionSeries, Partitions } from '../partitions.ts'

type Limits = Parameters<MessageStore['clean']>[0]

export function cleaningOperations(db: Db, { months, days }: Partitions) {
  const keys = db.prepare(
    'DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE created_at < ? LIMIT ?)',
  )
  const kept = db.prepare(
    'DELETE FROM kept_messages WHERE id IN (SELECT id FROM kept_messages WHERE id <= (SELECT max(id) FROM kept_messages) - ? LIMIT ?)',
  )
  const looks = db.prepare(
    'DELETE FROM message_looks WHERE (record_id, at) IN (SELECT record_id, at FROM message_looks WHERE at < ? LIMIT ?)',
  )
  const oldActions = db
    .prepare<[number], number>(
      "SELECT id FROM bulk_actions WHERE state <> 'running' ORDER BY id DESC LIMIT -1 OFFSET ?",
    )
    .pluck()
  const forgetMoved = db.prepare(
    'DELETE FROM bulk_moved WHERE action_id = @id AND id IN (SELECT id FROM bulk_moved WHERE action_id = @id LIMIT @rows)',
  )
  const forgetAction = db.prepare('DELETE FROM bulk_actions WHERE id = ?')
  /** Something in it is still to come, or to be decided. */
  const isOpen = db.prepare<[string], number>(
    `SELECT 1 FROM state_counts WHERE month = ? AND state IN ('scheduled', 'queued', 'sending', 'unknown') AND count > 0`,
  )
  const forgetCounts = db.prepare('DELETE FROM state_counts WHERE month = ?')
  const forgetSegments = db.prepare('DELETE FROM recipient_segments WHERE month = ?')
  const forgetTasks = db.prepare(
    'DELETE FROM tasks WHERE id IN (SELECT id FROM tasks WHERE last_id < ? LIMIT ?) RETURNING id',
  )
  const forgetTaskCounts = db.prepare('DELETE FROM task_counts WHERE task_id = ?')

  /** Some rows of a table, by its key. */
  const empty = (table: string, key: string, rows: number): number =>
    db.prepare(`DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} LIMIT ?)`).run(rows).changes

  /** One step of taking away what is retired in a series. */
  function removeRetired(
    series: PartitionSeries,
    tables: (name: string) => [table: string, key: string][],
    rows: number,
  ): number {
    let removed = 0
    for (const { name } of series.retired()) {
      for (const [table, key] of tables(name)) removed += empty(table, key, rows - removed)
      if (removed >= rows) return removed
      series.drop(name)
    }
    return removed
  }

  function retireMonth({ name }: Partition): void {
    forgetCounts.run(name)
    forgetSegments.run(name)
    months.retire(name)
  }

  function forgetActions(keptAtMost: number, rows: number): number {
    let removed = 0
    for (const id of oldActions.all(keptAtMost)) {
      removed += forgetMoved.run({ id, rows: rows - removed }).changes
      if (removed >= rows) return removed
      removed += forgetAction.run(id).changes
    }
    return removed
  }

  return {
    clean({ tracesBefore, recordsBefore, keysBefore, keptAtMost, actionsAtMost, batch }: Limits): number {
      for (const day of days.list()) if (day.to <= tracesBefore) days.retire(day.name)
      const oldest = firstIdAt(recordsBefore)
      for (const month of months.list()) if (month.to <= oldest && !isOpen.get(month.name)) retireMonth(month)
      const tasks = forgetTasks.all(oldest, batch) as { id: number }[]
      for (const { id } of tasks) forgetTaskCounts.run(id)
      const traces = removeRetired(
        days,
        (day) => [
          [`traces_${day}`, 'message_id, attempt'],
          [`receipts_${day}`, 'message_id, at, state'],
        ],
        batch,
      )
      const records = removeRetired(
        months,
        (month) => [
          [`messages_${month}`, 'id'],
          [`states_${month}`, 'id'],
          [`recipients_${month}`, 'segment, hash, id'],
        ],
        batch,
      )
      const rest =
        keys.run(keysBefore, batch).changes +
        kept.run(keptAtMost, batch).changes +
        looks.run(tracesBefore, batch).changes
      return traces + records + tasks.length + rest + forgetActions(actionsAtMost, batch)
    },
  }
}
