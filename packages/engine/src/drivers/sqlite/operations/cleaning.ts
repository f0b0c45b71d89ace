import { firstIdAt } from '../../../ids.ts'
import type { MessageStore } from '../../../messages/store.ts'
import type { Db } from '../database.ts'

type Limits = Parameters<MessageStore['clean']>[0]

export function cleaningOperations(db: Db) {
  const traces = db.prepare(
    'DELETE FROM trace_attempts WHERE (message_id, attempt) IN (SELECT message_id, attempt FROM trace_attempts WHERE message_id < ? LIMIT ?)',
  )
  const receipts = db.prepare(
    'DELETE FROM trace_receipts WHERE (message_id, at, state) IN (SELECT message_id, at, state FROM trace_receipts WHERE message_id < ? LIMIT ?)',
  )
  const keys = db.prepare(
    'DELETE FROM idempotency_keys WHERE key IN (SELECT key FROM idempotency_keys WHERE created_at < ? LIMIT ?)',
  )
  const kept = db.prepare(
    'DELETE FROM kept_messages WHERE id IN (SELECT id FROM kept_messages WHERE id <= (SELECT max(id) FROM kept_messages) - ? LIMIT ?)',
  )
  return {
    clean({ tracesBefore, keysBefore, keptAtMost, batch }: Limits): number {
      const oldest = firstIdAt(tracesBefore)
      return (
        traces.run(oldest, batch).changes +
        receipts.run(oldest, batch).changes +
        keys.run(keysBefore, batch).changes +
        kept.run(keptAtMost, batch).changes
      )
    },
  }
}
