/** The writes of the message pipeline, each running inside the transaction of its batch. */
import type { Channel, MessageState } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageRecord } from '../../../messages/record.ts'
import { afterReceipt, isWaiting } from '../../../messages/states.ts'
import type {
  AcceptResult,
  AcceptWrite,
  ClaimResult,
  ClaimWrite,
  LateWrite,
  Moved,
  NewMessage,
  SettleWrite,
  StoredReply,
} from '../../../messages/store.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Ending, Tally } from '../tally.ts'
import { encodeNodes } from './nodes.ts'
import { entryOf, RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'

type Receipt = ReceiptEvent['state']
type ErrorText = Pick<MessageRecord, 'errorCode' | 'errorMessage'>
type ByReceipt = Pick<MessageRecord, 'state'> & ErrorText

export function messageOperations(db: Db, tally: Tally) {
  const select = db.prepare<[number], RecordRow>(
    `SELECT ${RECORD_COLUMNS} FROM messages m LEFT JOIN message_states s ON s.id = m.id WHERE m.id = ?`,
  )
  const hasDelay = db.prepare('SELECT 1 FROM queue_delays WHERE due_at = ? AND id = ?').pluck()
  const insertMessage = db.prepare(
    `INSERT INTO messages (id, channel, recipient, template_id, template_version, variables, priority, flow, task_id,
       accepted_at, due_at, expires_at, settings_version, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertEntry = db.prepare('INSERT INTO queue_entries (queue, priority, lane, id) VALUES (?, ?, ?, ?)')
  const deleteEntry = db.prepare('DELETE FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id = ?')
  const firstClaim = db.prepare(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, claimed_at, updated_at) VALUES (?, 'sending', 1, 1, ?, ?, ?)`,
  )
  const insertDelay = db.prepare('INSERT INTO queue_delays VALUES (@dueAt, @id, @queue, @priority, @lane)')
  const deleteDelay = db.prepare('DELETE FROM queue_delays WHERE due_at = ? AND id = ?')
  const insertTask = db.prepare(
    `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, updated_at)
     VALUES (@id, @templateId, @channel, @total, @priority, @now, @now)`,
  )
  const selectKey = db.prepare<[string], { body_hash: string; reply: string }>(
    'SELECT body_hash, reply FROM idempotency_keys WHERE key = ?',
  )
  const insertKey = db.prepare('INSERT INTO idempotency_keys VALUES (@key, @bodyHash, @reply, @now)')
  const claimState = db.prepare<
    [object],
    { attempt: number; attempt_base: number; fence: number; due_at: number | null }
  >(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, claimed_at, updated_at)
     VALUES (@id, 'sending', 1, 1, @serviceId, @now, @now)
     ON CONFLICT DO UPDATE SET state = 'sending', attempt = attempt + 1, fence = fence + 1, service_id = @serviceId,
       pending_reason = NULL, error_code = NULL, error_message = NULL, claimed_at = @now, finished_at = NULL, updated_at = @now
     RETURNING attempt, attempt_base, fence, due_at`,
  )
  const ending = `UPDATE message_states SET state = ?, provider_id = coalesce(?, provider_id), error_code = ?, error_message = ?,
       finished_at = ?, updated_at = ?
     WHERE id = ? AND fence = ? AND state = 'sending'`
  const end = db.prepare(ending)
  const endPlain = db.prepare(`${ending} AND receipt IS NULL`)
  const waitForRetry = db.prepare(
    `UPDATE message_states SET state = 'queued', provider_id = coalesce(@providerId, provider_id), pending_reason = 'retry',
       due_at = @dueAt, error_code = @errorCode, error_message = @errorMessage, updated_at = @now
     WHERE id = @id AND fence = @fence AND state = 'sending'`,
  )
  /** The receipt that came while the message is being sent under this fence; nothing when it is not. */
  const receiptWhileSending = db.prepare<[number, number], { receipt: Receipt | null }>(
    "SELECT receipt FROM message_states WHERE id = ? AND fence = ? AND state = 'sending'",
  )
  const failedReceipt = db.prepare<[number], { code: string | null; detail: string | null }>(
    "SELECT code, detail FROM trace_receipts WHERE message_id = ? AND state = 'failed' ORDER BY at DESC LIMIT 1",
  )
  /** Every other move: the state, and what goes with it. */
  const moveState = db.prepare(
    `INSERT INTO message_states (id, state, error_code, error_message, finished_at, updated_at)
     VALUES (@id, @state, @errorCode, @errorMessage, @finishedAt, @now)
     ON CONFLICT DO UPDATE SET state = @state, error_code = @errorCode, error_message = @errorMessage,
       finished_at = @finishedAt, pending_reason = NULL, updated_at = @now`,
  )
  const freshAttempts = db.prepare(
    'UPDATE message_states SET attempt_base = attempt, due_at = ?, receipt = NULL WHERE id = ?',
  )
  const setProviderId = db.prepare('UPDATE message_states SET provider_id = ? WHERE id = ?')
  const keepReceipt = db.prepare('UPDATE message_states SET receipt = ? WHERE id = ?')
  const insertNodes = db.prepare('INSERT OR REPLACE INTO trace_attempts VALUES (?, ?, ?)')
  const insertReceipt = db.prepare(
    'INSERT OR IGNORE INTO trace_receipts VALUES (@recordId, @at, @state, @code, @detail)',
  )
  const insertAudit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, ?, ?)')
  const sending = db.prepare<[], { id: number; receipt: Receipt | null }>(
    "SELECT id, receipt FROM message_states WHERE state = 'sending'",
  )

  /** Values by place, not by name: this runs for every message. */
  function insert(message: NewMessage): void {
    const { id, channel, recipient, templateId, templateVersion, priority, flow, taskId, acceptedAt, dueAt } = message
    insertMessage.run(
      ...[
        id,
        channel,
        recipient,
        templateId,
        templateVersion,
        JSON.stringify(message.variables),
        priority,
        flow,
        taskId,
      ],
      ...[acceptedAt, dueAt, message.expiresAt, message.settingsVersion, message.traceparent],
    )
  }

  const enqueue = ({ queue, priority, lane, id }: Entry) => insertEntry.run(queue, priority, lane, id)
  const dequeue = ({ queue, priority, lane, id }: Entry) => deleteEntry.run(queue, priority, lane, id).changes === 1

  const isDelayed = (dueAt: number, id: number) => hasDelay.get(dueAt, id) !== undefined
  function read(id: number): MessageRecord | null {
    const row = select.get(id)
    return row ? toRecord(row, isDelayed) : null
  }

  /** Why it failed, when a receipt says that it did. */
  function errorOf(id: number, receipt: MessageState): { code: string; message: string } | null {
    if (receipt !== 'failed') return null
    const said = failedReceipt.get(id)
    return { code: said?.code ?? 'receipt', message: said?.detail ?? 'the receipt says failed' }
  }

  /** A receipt knows better than an answer that says sent, and than the lack of one; not than a rejection. */
  function decideByReceipt(id: number, fence: number, result: MessageState, given: ErrorText): ByReceipt | null {
    const sending = receiptWhileSending.get(id, fence)
    if (!sending) return null
    if (!sending.receipt || result === 'failed') return { state: result, ...given }
    const error = errorOf(id, sending.receipt)
    return { state: sending.receipt, errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
  }

  /** Moves a record outside claim and settle, with its statistics. */
  function move(
    record: MessageRecord,
    to: MessageState,
    now: number,
    error: { code: string; message: string } | null = null,
  ): MessageRecord {
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
    accept(write: AcceptWrite): AcceptResult {
      const { idempotency, now } = write
      if (idempotency) {
        const stored = selectKey.get(idempotency.key)
        if (stored && stored.body_hash !== idempotency.bodyHash) return { kind: 'mismatch' }
        if (stored) return { kind: 'repeated', reply: JSON.parse(stored.reply) as StoredReply }
        insertKey.run({
          key: idempotency.key,
          bodyHash: idempotency.bodyHash,
          reply: JSON.stringify(idempotency.reply),
          now,
        })
      }
      if (write.task) insertTask.run({ ...write.task, now })
      for (const message of write.messages) {
        insert(message)
        const entry: Entry = { queue: 'message.send', priority: message.priority, lane: write.lane, id: message.id }
        const scheduled = message.dueAt > message.acceptedAt
        if (scheduled) insertDelay.run({ ...entry, dueAt: message.dueAt })
        else enqueue(entry)
        tally.accepted(message, scheduled ? 'scheduled' : 'queued', now)
      }
      return { kind: 'accepted' }
    },

    /** The first claim of a message that the caller knows: nothing is read. Returns 1, or 0 when it is gone. */
    claimFresh(
      queue: string,
      priority: number,
      lane: string,
      id: number,
      serviceId: number,
      now: number,
      channel: Channel,
      templateId: number,
      taskId: number | null,
      acceptedAt: number,
    ): 0 | 1 {
      if (deleteEntry.run(queue, priority, lane, id).changes === 0) return 0
      firstClaim.run(id, serviceId, now, now)
      tally.moved({ channel, templateId, taskId }, 'queued', 'sending', now, NO_ENDINGS)
      if (taskId !== null) tally.claimed(taskId, now - acceptedAt, now)
      return 1
    },

    claim({ entry, serviceId, now }: Omit<ClaimWrite, 'fresh'>): ClaimResult {
      if (!dequeue(entry)) return { kind: 'gone' }
      const record = read(entry.id)
      if (!record || record.state !== 'queued') return { kind: 'gone' }
      if (record.expiresAt !== null && record.expiresAt <= now) {
        const error = { code: 'expired', message: 'its time to live was over before it could be sent' }
        return { kind: 'expired', record: move(record, 'expired', now, error) }
      }
      const claimed = claimState.get({ id: record.id, serviceId, now })
      if (!claimed) return { kind: 'gone' }
      const queuedAt = record.attempt > 0 ? record.updatedAt : record.acceptedAt
      tally.moved(record, 'queued', 'sending', now, {})
      if (record.taskId !== null && record.attempt === 0) tally.claimed(record.taskId, now - record.acceptedAt, now)
      return {
        kind: 'claimed',
        attemptBase: claimed.attempt_base,
        queuedAt,
        record: {
          ...record,
          state: 'sending',
          attempt: claimed.attempt,
          fence: claimed.fence,
          serviceId,
          pendingReason: null,
          errorCode: null,
          errorMessage: null,
          claimedAt: now,
          finishedAt: null,
          updatedAt: now,
        },
      }
    },

    /**
     * A result that ends the attempt. Returns 0 when the fence is stale, 1 when it stands as given, and what it came to when
     * a receipt that was there first decided.
     */
    settleEnd(
      id: number,
      fence: number,
      attempt: number,
      result: 'sent' | 'failed' | 'unknown',
      providerId: string | null,
      errorCode: string | null,
      errorMessage: string | null,
      responseMs: number | null,
      nodes: string,
      now: number,
      channel: Channel,
      templateId: number,
      taskId: number | null,
      serviceId: number | null,
      firstDueAt: number,
    ): 0 | 1 | ByReceipt {
      const plain = endPlain.run(result, providerId, errorCode, errorMessage, now, now, id, fence).changes === 1
      const byReceipt = plain ? null : decideByReceipt(id, fence, result, { errorCode, errorMessage })
      if (!plain && !byReceipt) return 0
      if (byReceipt)
        end.run(byReceipt.state, providerId, byReceipt.errorCode, byReceipt.errorMessage, now, now, id, fence)
      insertNodes.run(id, attempt, nodes)
      const state = byReceipt?.state ?? result
      const message = { channel, templateId, taskId }
      const after = { serviceId, finishedAt: now, durationMs: Math.max(0, now - firstDueAt) }
      tally.moved(message, 'sending', state, now, { after })
      if (responseMs !== null) tally.responded(message, state, after, responseMs)
      return byReceipt ?? 1
    },

    /** A result after which it waits for its next attempt. */
    settleRetry({ record, providerId, errorCode, errorMessage, retry, nodes, now }: SettleWrite): MessageRecord | null {
      if (!retry) throw new Error('expected a retry to have its time and its place, got none')
      const written = {
        id: record.id,
        fence: record.fence,
        providerId,
        errorCode,
        errorMessage,
        dueAt: retry.dueAt,
        now,
      }
      if (waitForRetry.run(written).changes === 0) return null
      insertDelay.run({ ...retry.entry, dueAt: retry.dueAt })
      insertNodes.run(record.id, record.attempt, encodeNodes(nodes))
      tally.moved(record, 'sending', 'queued', now, NO_ENDINGS)
      return {
        ...record,
        state: 'queued',
        providerId: providerId ?? record.providerId,
        pendingReason: 'retry',
        dueAt: retry.dueAt,
        errorCode,
        errorMessage,
        finishedAt: null,
        updatedAt: now,
      }
    },

    resolveLate(write: LateWrite): MessageRecord | null {
      const record = read(write.id)
      if (!record || record.fence !== write.fence || record.state !== 'unknown') return null
      if (write.providerId !== null) setProviderId.run(write.providerId, write.id)
      const error =
        write.state === 'failed' ? { code: write.errorCode ?? 'failed', message: write.errorMessage ?? '' } : null
      return { ...move(record, write.state, write.now, error), providerId: write.providerId ?? record.providerId }
    },

    cancel(id: number, now: number): (Moved & { wasDelayed: boolean }) | null {
      const record = read(id)
      if (!record) return null
      if (!isWaiting(record.state)) return { record, moved: false, wasDelayed: false }
      const wasDelayed = !dequeue(entryOf(record)) && deleteDelay.run(record.dueAt, id).changes === 1
      insertAudit.run(now, 'cancel', id, null)
      return { record: move(record, 'cancelled', now), moved: true, wasDelayed }
    },

    requeue(id: number, from: readonly MessageState[], now: number, audit: string): (Moved & { entry: Entry }) | null {
      const record = read(id)
      if (!record) return null
      const entry = entryOf(record)
      if (!from.includes(record.state)) return { record, moved: false, entry }
      const moved = move(record, 'queued', now)
      freshAttempts.run(now, id)
      enqueue(entry)
      insertAudit.run(now, audit, id, null)
      return { record: { ...moved, dueAt: now }, moved: true, entry }
    },

    resolve(id: number, state: 'sent' | 'failed', now: number, note: string): Moved | null {
      const record = read(id)
      if (!record) return null
      if (record.state !== 'unknown') return { record, moved: false }
      insertAudit.run(now, `resolve ${state}`, id, note)
      const error =
        state === 'failed'
          ? { code: record.errorCode ?? 'resolved', message: record.errorMessage ?? 'marked as failed' }
          : null
      return { record: move(record, state, now, error), moved: true }
    },

    receipt(event: ReceiptEvent, now: number): Moved | null {
      const record = read(event.recordId)
      if (!record) return null
      insertReceipt.run({ ...event, code: event.code ?? null, detail: event.detail ?? null })
      if (record.state === 'sending') {
        const before = receiptWhileSending.get(record.id, record.fence)?.receipt ?? 'sent'
        keepReceipt.run(afterReceipt(before, event.state), record.id)
        return { record, moved: false }
      }
      const to = afterReceipt(record.state, event.state)
      if (to === record.state) return { record, moved: false }
      return { record: move(record, to, now, errorOf(record.id, to)), moved: true }
    },

    recover(policies: Record<Channel, 'hold' | 'retry'>, now: number): { unknown: number; requeued: number } {
      const counts = { unknown: 0, requeued: 0 }
      for (const { id, receipt } of sending.all()) {
        const record = read(id)
        if (!record) continue
        if (receipt) move(record, receipt, now, errorOf(id, receipt))
        else if (policies[record.channel] === 'retry') {
          move(record, 'queued', now)
          enqueue(entryOf(record))
          counts.requeued += 1
        } else {
          move(record, 'unknown', now, {
            code: 'crashed',
            message: 'the process ended during the call to the provider: it may have been sent',
          })
          counts.unknown += 1
        }
      }
      return counts
    },
  }
}

const NO_ENDINGS = {}

function endingOf(record: MessageRecord, finishedAt: number): Ending {
  return { serviceId: record.serviceId, finishedAt, durationMs: Math.max(0, finishedAt - record.firstDueAt) }
}
