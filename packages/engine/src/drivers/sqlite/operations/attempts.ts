/** An attempt's two writes: the claim before the provider is asked, and the result. Only the holder of the fence writes one. */
import type { Channel, MessageState } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { ClaimResult, ClaimWrite, SettleWrite } from '../../../messages/store.ts'
import type { WorkedQueue } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Tally } from '../tally.ts'
import type { MessageRows } from './message-rows.ts'
import { encodeNodes } from './nodes.ts'

type ErrorColumns = Pick<MessageRecord, 'errorCode' | 'errorMessage'>
type ByReceipt = Pick<MessageRecord, 'state'> & ErrorColumns

const NO_ENDINGS = {}

export function attemptOperations(db: Db, tally: Tally, rows: MessageRows) {
  const firstClaim = db.prepare(
    `INSERT INTO message_states (id, state, attempt, fence, service_id, claimed_at, updated_at) VALUES (?, 'sending', 1, 1, ?, ?, ?)`,
  )
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
  const insertNodes = db.prepare('INSERT OR REPLACE INTO trace_attempts VALUES (?, ?, ?)')

  /** A receipt knows better than an answer that says sent, and than the lack of one; not than a rejection. */
  function decideByReceipt(id: number, fence: number, result: MessageState, given: ErrorColumns): ByReceipt | null {
    const sending = rows.receiptWhileSending(id, fence)
    if (!sending) return null
    if (!sending.receipt || result === 'failed') return { state: result, ...given }
    const error = rows.errorOf(id, sending.receipt)
    return { state: sending.receipt, errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
  }

  return {
    /** The first claim of a message that the caller knows: nothing is read. Returns 1, or 0 when it is gone. */
    claimFresh(
      queue: WorkedQueue,
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
      if (!rows.dequeue({ queue, priority, lane, id })) return 0
      firstClaim.run(id, serviceId, now, now)
      tally.moved({ channel, templateId, taskId }, 'queued', 'sending', now, NO_ENDINGS)
      if (taskId !== null) tally.claimed(taskId, now - acceptedAt, now)
      return 1
    },

    claim({ entry, serviceId, now }: Omit<ClaimWrite, 'fresh'>): ClaimResult {
      if (!rows.dequeue(entry)) return { kind: 'gone' }
      const record = rows.read(entry.id)
      if (!record || record.state !== 'queued') return { kind: 'gone' }
      if (record.expiresAt !== null && record.expiresAt <= now) {
        const error = { code: 'expired', message: 'its time to live was over before it could be sent' }
        return { kind: 'expired', record: rows.move(record, 'expired', now, error) }
      }
      const claimed = claimState.get({ id: record.id, serviceId, now })
      if (!claimed) return { kind: 'gone' }
      const queuedAt = record.attempt > 0 ? record.updatedAt : record.acceptedAt
      tally.moved(record, 'queued', 'sending', now, {})
      if (record.taskId !== null && record.attempt === 0) tally.claimed(record.taskId, now - record.firstDueAt, now)
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
      rows.delay(retry.entry, retry.dueAt)
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
  }
}
