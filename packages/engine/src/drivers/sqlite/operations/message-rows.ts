/** What all writes of messages share: reading a record, taking it in and out of the queue, moving it with its statistics. */
import type { MessageState, PendingReason } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { Ending } from '../../shared/sums.ts'
import type { Tally } from '../tally.ts'
import { delayedIn, RECORD_COLUMNS, recordsOf, toRecord, type RecordRow } from './rows.ts'

/** That says how a message ended. */
export type Receipt = Exclude<ReceiptEvent['state'], 'delayed'>

export interface ErrorText {
  code: string
  message: string
}

export interface MessageRows {
  read(id: number): MessageRecord | null
  enqueue(entry: Entry): void
  /** False when it stands there no more. */
  dequeue(entry: Entry): boolean
  /** `heldFor`: it was ready, and is put aside until then for this reason. */
  delay(entry: Entry, dueAt: number, heldFor?: PendingReason): void
  /** False when it did not wait there. */
  undelay(id: number, dueAt: number): boolean
  /** Why it failed, when a receipt says that it did. */
  errorOf(id: number, receipt: MessageState): ErrorText | null
  /** The receipt that came while the message is being sent under this fence; nothing when it is not. */
  receiptWhileSending(id: number, fence: number): { receipt: Receipt | null } | undefined
  /** Any move but a claim and its result. */
  move(record: MessageRecord, to: MessageState, now: number, error?: ErrorText | null): MessageRecord
}

export function messageRows(db: Db, tally: Tally, { months, days }: Partitions): MessageRows {
  const selectOf = months.reading((month) =>
    db.prepare<[number], RecordRow>(`SELECT ${RECORD_COLUMNS} FROM ${recordsOf(month)} WHERE m.id = ?`),
  )
  const insertEntry = db.prepare('INSERT INTO queue_entries (queue, priority, lane, id) VALUES (?, ?, ?, ?)')
  const deleteEntry = db.prepare('DELETE FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id = ?')
  const insertDelay = db.prepare(
    'INSERT INTO queue_delays (due_at, id, queue, priority, lane, held_for) VALUES (@dueAt, @id, @queue, @priority, @lane, @heldFor)',
  )
  const deleteDelay = db.prepare('DELETE FROM queue_delays WHERE due_at = ? AND id = ?')
  const receiptWhileSending = db.prepare<[number, number], { receipt: Receipt | null }>(
    'SELECT receipt FROM claims WHERE id = ? AND fence = ?',
  )
  const failedReceiptOf = days.reading((day) =>
    db.prepare<[number], { code: string | null; detail: string | null }>(
      `SELECT code, detail FROM receipts_${day} WHERE message_id = ? AND state = 'failed' ORDER BY at DESC LIMIT 1`,
    ),
  )
  const deleteClaim = db.prepare('DELETE FROM claims WHERE id = ?')
  const moveStateOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO states_${month} (id, state, attempt, fence, service_id, error_code, error_message, claimed_at, finished_at, updated_at)
       VALUES (@id, @state, @attempt, @fence, @serviceId, @errorCode, @errorMessage, @claimedAt, @finishedAt, @now)
       ON CONFLICT DO UPDATE SET state = @state, attempt = @attempt, fence = @fence, service_id = @serviceId,
         error_code = @errorCode, error_message = @errorMessage, claimed_at = @claimedAt, finished_at = @finishedAt,
         pending_reason = NULL, updated_at = @now`,
    ),
  )

  const isDelayed = delayedIn(db)
  function read(id: number): MessageRecord | null {
    const row = selectOf(id)?.get(id)
    return row ? toRecord(row, isDelayed) : null
  }

  function errorOf(id: number, receipt: MessageState): ErrorText | null {
    if (receipt !== 'failed') return null
    for (const { from } of days.list()) {
      const said = failedReceiptOf(from)?.get(id)
      if (said) return { code: said.code ?? 'receipt', message: said.detail ?? 'the receipt says failed' }
    }
    return { code: 'receipt', message: 'the receipt says failed' }
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
    if (record.state === 'sending') deleteClaim.run(record.id)
    moveStateOf(moved.id).run({
      id: moved.id,
      state: to,
      attempt: moved.attempt,
      fence: moved.fence,
      serviceId: moved.serviceId,
      errorCode: moved.errorCode,
      errorMessage: moved.errorMessage,
      claimedAt: moved.claimedAt,
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
    delay(entry, dueAt, heldFor) {
      insertDelay.run({ ...entry, dueAt, heldFor: heldFor ?? null })
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
