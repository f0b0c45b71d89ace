/** An attempt's two writes: the claim before the provider is asked, and the result. Only the holder of the fence writes one. */
import type { Channel, MessageState } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { ClaimResult, ClaimWrite, SettleWrite } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { Tally } from '../tally.ts'
import type { MessageRows } from './message-rows.ts'
import { encodeNodes } from '../../shared/nodes.ts'

type ErrorColumns = Pick<MessageRecord, 'errorCode' | 'errorMessage'>
type ByReceipt = Pick<MessageRecord, 'state'> & ErrorColumns

const NO_ENDINGS = {}
const GONE: ClaimResult = { kind: 'gone' }

export function attemptOperations(db: Db, tally: Tally, rows: MessageRows, { months, days }: Partitions) {
  const insertClaim = db.prepare(
    'INSERT OR IGNORE INTO claims (id, fence, attempt, service_id, claimed_at) VALUES (?, ?, ?, ?, ?)',
  )
  const claimUntouchedOf = months.writing((month) =>
    db.prepare(
      `INSERT OR IGNORE INTO claims (id, fence, attempt, service_id, claimed_at)
       SELECT ?, 1, 1, ?, ? WHERE NOT EXISTS (SELECT 1 FROM states_${month} WHERE id = ?)`,
    ),
  )
  const claimTouchedOf = months.writing((month) =>
    db.prepare<[object], { attempt: number; attempt_base: number; fence: number }>(
      `UPDATE states_${month} SET state = 'sending', attempt = attempt + 1, fence = fence + 1, service_id = @serviceId,
         pending_reason = NULL, error_code = NULL, error_message = NULL, claimed_at = @now, finished_at = NULL, updated_at = @now
       WHERE id = @id RETURNING attempt, attempt_base, fence`,
    ),
  )
  const deleteClaim = db.prepare('DELETE FROM claims WHERE id = ? AND fence = ?')
  const deletePlainClaim = db.prepare('DELETE FROM claims WHERE id = ? AND fence = ? AND receipt IS NULL')
  const endOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO states_${month} (id, state, attempt, fence, service_id, provider_id, error_code, error_message, claimed_at, finished_at, updated_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET state = excluded.state, provider_id = coalesce(excluded.provider_id, provider_id),
         error_code = excluded.error_code, error_message = excluded.error_message, finished_at = excluded.finished_at,
         updated_at = excluded.updated_at`,
    ),
  )
  const waitForRetryOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO states_${month} (id, state, attempt, fence, service_id, provider_id, pending_reason, due_at, error_code, error_message, claimed_at, updated_at)
       VALUES (@id, 'queued', @attempt, @fence, @serviceId, @providerId, 'retry', @dueAt, @errorCode, @errorMessage, @claimedAt, @now)
       ON CONFLICT DO UPDATE SET state = 'queued', provider_id = coalesce(@providerId, provider_id), pending_reason = 'retry',
         due_at = @dueAt, error_code = @errorCode, error_message = @errorMessage, updated_at = @now`,
    ),
  )
  const insertNodesOf = days.writing((day) => db.prepare(`INSERT OR REPLACE INTO traces_${day} VALUES (?, ?, ?)`))

  /** A receipt knows better than an answer that says sent, and than the lack of one; not than a rejection. */
  function decideByReceipt(id: number, fence: number, result: MessageState, given: ErrorColumns): ByReceipt | null {
    const sending = rows.receiptWhileSending(id, fence)
    if (!sending) return null
    if (!sending.receipt || result === 'failed') return { state: result, ...given }
    const error = rows.errorOf(id, sending.receipt)
    return { state: sending.receipt, errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
  }

  /** Of what stands in the queue no longer. */
  function claimDequeued(id: number, serviceId: number, quotaDay: number | null, now: number): ClaimResult {
    const record = rows.read(id)
    if (!record || record.state !== 'queued') return GONE
    if (record.expiresAt !== null && record.expiresAt <= now) {
      const error = { code: 'expired', message: 'its time to live was over before it could be sent' }
      return { kind: 'expired', record: rows.move(record, 'expired', now, error) }
    }
    const touched = claimTouchedOf(record.id).get({ id: record.id, serviceId, now })
    const claimed = touched ?? { attempt: 1, attempt_base: 0, fence: 1 }
    insertClaim.run(record.id, claimed.fence, claimed.attempt, serviceId, now)
    const queuedAt = record.attempt > 0 ? record.updatedAt : record.acceptedAt
    tally.moved(record, 'queued', 'sending', now, {})
    if (quotaDay !== null) tally.used(serviceId, quotaDay, 1)
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
  }

  /**
   * A result that ends the attempt. Returns 0 when the fence is stale, 1 when it stands as given, and what it came to when
   * a receipt that was there first decided.
   */
  function settleEnd(
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
    claimedAt: number | null,
    firstDueAt: number,
    quotaBack: number | null,
  ): 0 | 1 | ByReceipt {
    let byReceipt: ByReceipt | null = null
    if (deletePlainClaim.run(id, fence).changes === 0) {
      byReceipt = decideByReceipt(id, fence, result, { errorCode, errorMessage })
      if (!byReceipt) return 0
      deleteClaim.run(id, fence)
    }
    const stands = byReceipt ?? { state: result, errorCode, errorMessage }
    endOf(id).run(
      ...([id, stands.state, attempt, fence, serviceId, providerId] as const),
      ...([stands.errorCode, stands.errorMessage, claimedAt, now, now] as const),
    )
    insertNodesOf(now).run(id, attempt, nodes)
    const message = { id, channel, templateId, taskId }
    const after = { serviceId, finishedAt: now, durationMs: Math.max(0, now - firstDueAt) }
    tally.moved(message, 'sending', stands.state, now, { after })
    if (quotaBack !== null && serviceId !== null) tally.used(serviceId, quotaBack, -1)
    if (responseMs !== null) tally.responded(message, stands.state, after, responseMs)
    return byReceipt ?? 1
  }

  return {
    /**
     * The first claim of a message that the caller knows: nothing is read. A resident one has no entry in the queue.
     * Returns 1, or what a claim that reads it came to: the caller may know it as it was before an attempt.
     */
    claimFresh(
      resident: boolean,
      priority: number,
      lane: string,
      id: number,
      serviceId: number,
      quotaDay: number | null,
      now: number,
      channel: Channel,
      templateId: number,
      taskId: number | null,
      acceptedAt: number,
    ): 1 | ClaimResult {
      if (!resident && !rows.dequeue({ queue: 'message.send', priority, lane, id })) return GONE
      if (claimUntouchedOf(id).run(id, serviceId, now, id).changes === 0) {
        return claimDequeued(id, serviceId, quotaDay, now)
      }
      tally.moved({ id, channel, templateId, taskId }, 'queued', 'sending', now, NO_ENDINGS)
      if (quotaDay !== null) tally.used(serviceId, quotaDay, 1)
      if (taskId !== null) tally.claimed(taskId, now - acceptedAt, now)
      return 1
    },

    claim({ entry, resident, serviceId, quotaDay = null, now }: Omit<ClaimWrite, 'fresh'>): ClaimResult {
      if (!rows.dequeue(entry) && !resident) return GONE
      return claimDequeued(entry.id, serviceId, quotaDay, now)
    },

    settleEnd,

    /** A result after which it waits for its next attempt, unless a receipt says that it got there. */
    settleRetry({
      record,
      providerId,
      errorCode,
      errorMessage,
      responseMs,
      retry,
      quotaBack = null,
      nodes,
      now,
    }: SettleWrite): MessageRecord | null {
      if (!retry) throw new Error('expected a retry to have its time and its place, got none')
      const { id, fence, attempt, channel, templateId, taskId, serviceId, claimedAt, firstDueAt } = record
      const receipt = rows.receiptWhileSending(id, fence)?.receipt
      if (receipt && receipt !== 'failed') {
        settleEnd(
          ...([id, fence, attempt, 'unknown', providerId, null, null, responseMs] as const),
          ...([encodeNodes(nodes), now, channel, templateId, taskId, serviceId, claimedAt, firstDueAt] as const),
          // A receipt says that it was sent after all.
          null,
        )
        return rows.read(id)
      }
      if (deleteClaim.run(id, fence).changes === 0) return null
      const { dueAt } = retry
      const written = { id, attempt, fence, serviceId, providerId, dueAt, errorCode, errorMessage, claimedAt, now }
      waitForRetryOf(id).run(written)
      rows.delay(retry.entry, retry.dueAt)
      insertNodesOf(now).run(id, attempt, encodeNodes(nodes))
      tally.moved(record, 'sending', 'queued', now, NO_ENDINGS)
      if (quotaBack !== null && serviceId !== null) tally.used(serviceId, quotaBack, -1)
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
