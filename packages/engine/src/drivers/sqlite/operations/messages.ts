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
  SettleWrite,
  StoredReply,
} from '../../../messages/store.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Ending, Tally } from '../tally.ts'
import { encodeNodes } from './nodes.ts'
import { entryOf, RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'

export function messageOperations(db: Db, tally: Tally) {
  const select = db.prepare<[number], RecordRow>(
    `SELECT ${RECORD_COLUMNS} FROM messages m LEFT JOIN message_states s ON s.id = m.id WHERE m.id = ?`,
  )
  const hasDelay = db.prepare('SELECT 1 FROM queue_delays WHERE due_at = ? AND id = ?').pluck()
  const insertMessage = db.prepare(
    `INSERT INTO messages VALUES (@id, @channel, @recipient, @templateId, @templateVersion, @variables, @priority, @flow,
       @taskId, @acceptedAt, @dueAt, @expiresAt, @settingsVersion, @traceparent)`,
  )
  const insertEntry = db.prepare('INSERT INTO queue_entries VALUES (@queue, @priority, @lane, @id)')
  const deleteEntry = db.prepare('DELETE FROM queue_entries WHERE queue = @queue AND priority = @priority AND lane = @lane AND id = @id')
  const deleteEntryAt = db.prepare('DELETE FROM queue_entries WHERE queue = ? AND priority = ? AND lane = ? AND id = ?')
  const firstClaim = db.prepare(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, claimed_at, updated_at) VALUES (?, 'sending', 1, 1, ?, ?, ?)`,
  )
  const settlePlain = db.prepare(
    `UPDATE message_states SET state = ?, provider_id = coalesce(?, provider_id), error_code = ?, error_message = ?, finished_at = ?, updated_at = ?
     WHERE id = ? AND fence = ? AND state = 'sending' AND receipt IS NULL`,
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
  const markUsed = db.prepare('INSERT OR IGNORE INTO template_uses VALUES (?)')
  const usedTemplates = new Set<number>()
  const claimState = db.prepare<[object], { attempt: number; attempt_base: number; fence: number; due_at: number | null }>(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, claimed_at, updated_at)
     VALUES (@id, 'sending', 1, 1, @serviceId, @now, @now)
     ON CONFLICT DO UPDATE SET state = 'sending', attempt = attempt + 1, fence = fence + 1, service_id = @serviceId,
       pending_reason = NULL, error_code = NULL, error_message = NULL, claimed_at = @now, finished_at = NULL, updated_at = @now
     RETURNING attempt, attempt_base, fence, due_at`,
  )
  const settleState = db.prepare<[object], { state: MessageState }>(
    `UPDATE message_states SET
       state = CASE WHEN @state IN ('sent', 'unknown') AND receipt IS NOT NULL THEN receipt ELSE @state END,
       provider_id = coalesce(@providerId, provider_id), pending_reason = @pendingReason, due_at = coalesce(@dueAt, due_at),
       error_code = @errorCode, error_message = @errorMessage, finished_at = @finishedAt, updated_at = @now
     WHERE id = @id AND fence = @fence AND state = 'sending' RETURNING state`,
  )
  /** Every other move: the state, and what goes with it. */
  const moveState = db.prepare(
    `INSERT INTO message_states (id, state, error_code, error_message, finished_at, updated_at)
     VALUES (@id, @state, @errorCode, @errorMessage, @finishedAt, @now)
     ON CONFLICT DO UPDATE SET state = @state, error_code = @errorCode, error_message = @errorMessage,
       finished_at = @finishedAt, pending_reason = NULL, updated_at = @now`,
  )
  const freshAttempts = db.prepare('UPDATE message_states SET attempt_base = attempt, due_at = ?, receipt = NULL WHERE id = ?')
  const setProviderId = db.prepare('UPDATE message_states SET provider_id = ? WHERE id = ?')
  const keepReceipt = db.prepare('UPDATE message_states SET receipt = ? WHERE id = ?')
  const insertNodes = db.prepare('INSERT OR REPLACE INTO trace_attempts VALUES (?, ?, ?)')
  const insertReceipt = db.prepare('INSERT OR IGNORE INTO trace_receipts VALUES (@recordId, @at, @state, @code, @detail)')
  const insertAudit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, ?, ?)')
  const sending = db.prepare<[], { id: number; receipt: 'delivered' | 'read' | 'failed' | null }>(
    "SELECT id, receipt FROM message_states WHERE state = 'sending'",
  )

  const isDelayed = (dueAt: number, id: number) => hasDelay.get(dueAt, id) !== undefined
  function read(id: number): MessageRecord | null {
    const row = select.get(id)
    return row ? toRecord(row, isDelayed) : null
  }

  /** Moves a record outside claim and settle, with its statistics. */
  function move(record: MessageRecord, to: MessageState, now: number, error: { code: string; message: string } | null = null): MessageRecord {
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
    moveState.run({ id: moved.id, state: to, errorCode: moved.errorCode, errorMessage: moved.errorMessage, finishedAt, now })
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
        insertKey.run({ key: idempotency.key, bodyHash: idempotency.bodyHash, reply: JSON.stringify(idempotency.reply), now })
      }
      if (write.task) insertTask.run({ ...write.task, now })
      for (const message of write.messages) {
        insertMessage.run({ ...message, variables: JSON.stringify(message.variables) })
        const entry: Entry = { queue: 'message.send', priority: message.priority, lane: write.lane, id: message.id }
        const scheduled = message.dueAt > message.acceptedAt
        if (scheduled) insertDelay.run({ ...entry, dueAt: message.dueAt })
        else insertEntry.run(entry)
        if (!usedTemplates.has(message.templateId)) {
          markUsed.run(message.templateId)
          usedTemplates.add(message.templateId)
        }
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
      if (deleteEntryAt.run(queue, priority, lane, id).changes === 0) return 0
      firstClaim.run(id, serviceId, now, now)
      tally.moved({ channel, templateId, taskId }, 'queued', 'sending', now, NO_ENDINGS)
      if (taskId !== null) tally.claimed(taskId, now - acceptedAt, now)
      return 1
    },

    claim({ entry, serviceId, now }: Omit<ClaimWrite, 'fresh'>): ClaimResult {
      if (deleteEntry.run(entry).changes === 0) return { kind: 'gone' }
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

    /** A result that ends the attempt, with no receipt before it. Returns 0 when `settle` has to look closer. */
    settlePlain(
      id: number,
      fence: number,
      attempt: number,
      state: MessageState,
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
    ): 0 | 1 {
      if (settlePlain.run(state, providerId, errorCode, errorMessage, now, now, id, fence).changes === 0) return 0
      insertNodes.run(id, attempt, nodes)
      const message = { channel, templateId, taskId }
      const after = { serviceId, finishedAt: now, durationMs: Math.max(0, now - firstDueAt) }
      tally.moved(message, 'sending', state, now, { after })
      if (responseMs !== null) tally.responded(message, state, after, responseMs)
      return 1
    },

    settle(write: SettleWrite): MessageRecord | null {
      const { record, retry, now } = write
      const finishedAt = write.state === 'queued' ? null : now
      const settled = settleState.get({
        id: record.id,
        fence: record.fence,
        state: write.state,
        providerId: write.providerId,
        pendingReason: retry ? 'retry' : null,
        dueAt: retry?.dueAt ?? null,
        errorCode: write.errorCode,
        errorMessage: write.errorMessage,
        finishedAt,
        now,
      })
      if (!settled) return null
      if (retry) insertDelay.run({ ...retry.entry, dueAt: retry.dueAt })
      insertNodes.run(record.id, record.attempt, encodeNodes(write.nodes))
      const after = endingOf(record, now)
      tally.moved(record, 'sending', settled.state, now, finishedAt === null ? {} : { after })
      if (write.responseMs !== null && finishedAt !== null) tally.responded(record, settled.state, after, write.responseMs)
      return {
        ...record,
        state: settled.state,
        providerId: write.providerId ?? record.providerId,
        pendingReason: retry ? 'retry' : null,
        dueAt: retry?.dueAt ?? record.dueAt,
        errorCode: write.errorCode,
        errorMessage: write.errorMessage,
        finishedAt,
        updatedAt: now,
      }
    },

    resolveLate(write: LateWrite): MessageRecord | null {
      const record = read(write.id)
      if (!record || record.fence !== write.fence || record.state !== 'unknown') return null
      if (write.providerId !== null) setProviderId.run(write.providerId, write.id)
      const error = write.state === 'failed' ? { code: write.errorCode ?? 'failed', message: write.errorMessage ?? '' } : null
      return { ...move(record, write.state, write.now, error), providerId: write.providerId ?? record.providerId }
    },

    cancel(id: number, now: number): (Moved & { wasDelayed: boolean }) | null {
      const record = read(id)
      if (!record) return null
      if (!isWaiting(record.state)) return { record, moved: false, wasDelayed: false }
      const wasDelayed = deleteEntry.run(entryOf(record)).changes === 0 && deleteDelay.run(record.dueAt, id).changes === 1
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
      insertEntry.run(entry)
      insertAudit.run(now, audit, id, null)
      return { record: { ...moved, dueAt: now }, moved: true, entry }
    },

    resolve(id: number, state: 'sent' | 'failed', now: number, note: string): Moved | null {
      const record = read(id)
      if (!record) return null
      if (record.state !== 'unknown') return { record, moved: false }
      insertAudit.run(now, `resolve ${state}`, id, note)
      const error = state === 'failed' ? { code: record.errorCode ?? 'resolved', message: record.errorMessage ?? 'marked as failed' } : null
      return { record: move(record, state, now, error), moved: true }
    },

    receipt(event: ReceiptEvent, now: number): MessageRecord | null {
      const record = read(event.recordId)
      if (!record) return null
      insertReceipt.run({ ...event, code: event.code ?? null, detail: event.detail ?? null })
      if (record.state === 'sending') {
        keepReceipt.run(event.state, record.id)
        return record
      }
      const to = afterReceipt(record.state, event.state)
      if (to === record.state) return record
      return move(record, to, now, to === 'failed' ? { code: event.code ?? 'receipt', message: event.detail ?? 'the receipt says failed' } : null)
    },

    recover(policies: Record<Channel, 'hold' | 'retry'>, now: number): { unknown: number; requeued: number } {
      const counts = { unknown: 0, requeued: 0 }
      for (const { id, receipt } of sending.all()) {
        const record = read(id)
        if (!record) continue
        if (receipt) move(record, receipt, now)
        else if (policies[record.channel] === 'retry') {
          move(record, 'queued', now)
          insertEntry.run(entryOf(record))
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
