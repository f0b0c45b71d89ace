/** What all writes of messages share: reading a record, taking it in and out of the queue, moving it with its statistics. */
import type { MessageState } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Ending, Tally } from '../tally.ts'
import { RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'

export type Receipt = ReceiptEvent['state']

export interface ErrorText {
  code: string
  message: string
}

export interface MessageRows {
  read(id: number): MessageRecord | null
  enqueue(entry: Entry): void
  /** False when it stands there no more. */
  dequeue(entry: Entry): boolean
  delay(entry: Entry, dueAt: number): void
  /** False when it did not wait there. */
  undelay(id: number, dueAt: number): boolean
  /** Why it failed, when a receipt says that it did. */
  errorOf(id: number, receipt: MessageState): ErrorText | null
  /** The receipt that came while the message is being sent under this fence; nothing when it is not. */
  receiptWhileSending(id: number, fence: number): { receipt: Receipt | null } | undefined
  /** Any move but a claim and its result. */
  move(record: MessageRecord, to: MessageState, now: number, error?: ErrorText | null): MessageRecord
}

export function messageRows(db: Db, tally: Tally): MessageRows {
  const select = db.prepare<[number], RecordRow>(
    `SELECT ${RECORD_COLUMNS} FROM messages m LEFT JOIN message_states s ON s.id = m.id WHERE m.id = ?`,
  )
  const hasDelay = db.prepare('SELECT 1 FROM queue_delays WHERE due_at = ? AND id = ?').pluck()
  const insertEntry = db.prepare('INSERT INTO queue_entries (queue, priority, lane, id) VALUES (?, ?, ?, ?)')
  const deleteEntry = db.prepare('DELETE FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id = ?')
  const insertDelay = db.prepare('INSERT INTO queue_delays VALUES (@dueAt, @id, @queue, @priority, @lane)')
  const deleteDelay = db.prepare('DELETE FROM queue_delays WHERE due_at = ? AND id = ?')
  const receiptWhileSending = db.prepare<[number, number], { receipt: Receipt | null }>(
    "SELECT receipt FROM message_states WHERE id = ? AND fence = ? AND state = 'sending'",
  )
  const failedReceipt = db.prepare<[number], { code: string | null; detail: string | null }>(
    "SELECT code, detail FROM trace_receipts WHERE message_id = ? AND state = 'failed' ORDER BY at DESC LIMIT 1",
  )
  const moveState = db.prepare(
    `INSERT INTO message_states (id, state, error_code, error_message, finished_at, updated_at)
     VALUES (@id, @state, @errorCode, @errorMessage, @finishedAt, @now)
     ON CONFLICT DO UPDATE SET state = @state, error_code = @errorCode, error_message = @errorMessage,
       finished_at = @finishedAt, pending_reason = NULL, updated_at = @now`,
  )

  const isDelayed = (dueAt: number, id: number) => hasDelay.get(dueAt, id) !== undefined
  function read(id: number): MessageRecord | null {
    const row = select.get(id)
    return row ? toRecord(row, isDelayed) : null
  }

  function errorOf(id: number, receipt: MessageState): ErrorText | null {
    if (receipt !== 'failed') return null
    const said = failedReceipt.get(id)
    return { code: said?.code ?? 'receipt', message: said?.detail ?? 'the receipt says failed' }
  }

  function move(record: MessageRecord, to: MessageState, now: number, error: ErrorText | null = null): MessageRecord {
    const ends = to !== 'queued'
    const finishedAt = ends ? (record.finishedAt ?? now) : null
    const moved: MessageRecord = {
      ...record,
      state: to,
      pendingReason: null,
      errorCode: error?.code ?? null,
      errorMessage: error?.message ?? null,
      finishedAt,
      updatedAt: now,
    }
    moveState.run({
      id: moved.id,
      state: to,
      errorCode: moved.errorCode,
      errorMessage: moved.errorMessage,
      finishedAt,
      now,
    })
    tally.moved(record, record.state, to, now, {
      ...(record.finishedAt !== null ? { before: endingOf(record, record.finishedAt) } : {}),
      ...(finishedAt !== null ? { after: endingOf(record, finishedAt) } : {}),
    })
    return moved
  }

  return {
    read,
    enqueue({ queue, priority, lane, id }) {
      insertEntry.run(queue, priority, lane, id)
    },
    dequeue: ({ queue, priority, lane, id }) => deleteEntry.run(queue, priority, lane, id).changes === 1,
    delay(entry, dueAt) {
      insertDelay.run({ ...entry, dueAt })
    },
    undelay: (id, dueAt) => deleteDelay.run(dueAt, id).changes === 1,
    errorOf,
    receiptWhileSending: (id, fence) => receiptWhileSending.get(id, fence),
    move,
  }
}

function endingOf(record: MessageRecord, finishedAt: number): Ending {
  return { serviceId: record.serviceId, finishedAt, durationMs: Math.max(0, finishedAt - record.firstDueAt) }
}
