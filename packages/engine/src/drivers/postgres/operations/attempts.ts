/**
 * An attempt's two writes: the claim before the provider is asked, and the result. Only the holder of the fence writes one. What
 * is as it nearly always is goes in one statement for all of a turn; the rest is looked at one by one.
 */
import type { MessageState } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { ClaimResult, ClaimWrite, SettleWrite } from '../../../messages/store.ts'
import { encodeNodes } from '../../shared/nodes.ts'
import { columnsOf, unnest } from '../columns.ts'
import { dayOf } from '../month.ts'
import { statement } from '../statement.ts'
import { together } from '../together.ts'
import type { Gathering } from '../waves.ts'
import type { Ground, MessageRows } from './message-rows.ts'

type ByReceipt = Pick<MessageRecord, 'state' | 'errorCode' | 'errorMessage'>

const GONE: ClaimResult = { kind: 'gone' }

/**
 * Each entry is looked up by its whole key (a LIMIT keeps its own plan), then deleted where it lies, and who is among them is looked
 * up in a hash (IS TRUE keeps it out of the joins): the planner, which knows nothing of a queue that was empty a moment ago, would
 * else read all of it for each. Not claimed: it stood in the queue, and something has happened to it before.
 */
const claimMany = statement<[number, ...string[]], { id: number; claimed: boolean }>(
  `WITH w AS MATERIALIZED (SELECT * FROM ${unnest({ id: 'bigint', priority: 'smallint', lane: 'text', service_id: 'bigint', at: 'bigint' }, 'w', 2)}),
   place AS MATERIALIZED (SELECT w.id, w.service_id, w.at, q.tid FROM w CROSS JOIN LATERAL (SELECT ctid AS tid FROM queue_entries
     WHERE owner = $1 AND queue = 'message.send' AND priority = w.priority AND lane = w.lane AND id = w.id LIMIT 1) q),
   taken AS (DELETE FROM queue_entries WHERE ctid = ANY (ARRAY(SELECT tid FROM place)) AND owner + 0 = $1 RETURNING id),
   claimed AS (INSERT INTO claims (id, fence, attempt, service_id, claimed_at, owner)
     SELECT p.id, 1, 1, p.service_id, p.at, $1 FROM place p
     WHERE (p.id IN (SELECT id FROM taken)) IS TRUE AND NOT EXISTS (SELECT 1 FROM states s WHERE s.id = p.id)
     ON CONFLICT (id) DO NOTHING RETURNING id)
   SELECT id, true AS claimed FROM claimed UNION ALL SELECT id, false FROM taken WHERE id NOT IN (SELECT id FROM claimed)`,
)
const insertClaim = statement<[number, number, number, number, number, number]>(
  `INSERT INTO claims (id, fence, attempt, service_id, claimed_at, owner) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
)
const claimTouched = statement<[number, number, number], { attempt: number; attempt_base: number; fence: number }>(
  `UPDATE states SET state = 'sending', attempt = attempt + 1, fence = fence + 1, service_id = $2, pending_reason = NULL,
     error_code = NULL, error_message = NULL, claimed_at = $3, finished_at = NULL, updated_at = $3
   WHERE id = $1 RETURNING attempt, attempt_base, fence`,
)
const deleteClaim = statement<[number, number]>('DELETE FROM claims WHERE id = $1 AND fence = $2')
const RESULT = {
  id: 'bigint',
  fence: 'integer',
  decided: 'boolean',
  state: 'text',
  attempt: 'integer',
  service_id: 'bigint',
  provider_id: 'text',
  error_code: 'text',
  error_message: 'text',
  claimed_at: 'bigint',
  at: 'bigint',
  day: 'bigint',
  nodes: 'text',
}
const KEEP_NODES = 'ON CONFLICT (message_id, attempt, day) DO UPDATE SET nodes = excluded.nodes'
/** Results with all that they write, in one journey. Those that a receipt has overtaken are left, unless that is decided. */
const endMany = statement<string[], { id: number }>(
  `WITH w AS MATERIALIZED (SELECT * FROM ${unnest(RESULT)}),
   freed AS (DELETE FROM claims c USING w WHERE c.id = w.id AND c.fence = w.fence AND (w.decided OR c.receipt IS NULL) RETURNING w.*),
   ended AS (INSERT INTO states AS kept (id, state, attempt, fence, service_id, provider_id, error_code, error_message, claimed_at,
       finished_at, updated_at)
     SELECT id, state, attempt, fence, service_id, provider_id, error_code, error_message, claimed_at, at, at FROM freed
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, provider_id = coalesce(excluded.provider_id, kept.provider_id),
       error_code = excluded.error_code, error_message = excluded.error_message, finished_at = excluded.finished_at,
       updated_at = excluded.updated_at),
   traced AS (INSERT INTO traces (message_id, attempt, day, nodes) SELECT id, attempt, day, nodes FROM freed ${KEEP_NODES})
   SELECT id FROM freed`,
)
const waitForRetry = statement<
  [
    id: number,
    attempt: number,
    fence: number,
    serviceId: number | null,
    providerId: string | null,
    dueAt: number,
    errorCode: string | null,
    errorMessage: string | null,
    claimedAt: number | null,
    now: number,
  ]
>(
  `INSERT INTO states AS kept (id, state, attempt, fence, service_id, provider_id, pending_reason, due_at, error_code, error_message, claimed_at, updated_at)
   VALUES ($1, 'queued', $2, $3, $4, $5, 'retry', $6, $7, $8, $9, $10)
   ON CONFLICT (id) DO UPDATE SET state = 'queued', provider_id = coalesce(excluded.provider_id, kept.provider_id),
     pending_reason = 'retry', due_at = excluded.due_at, error_code = excluded.error_code, error_message = excluded.error_message,
     updated_at = excluded.updated_at`,
)
const insertNodes = statement<[number, number, number, string]>(
  `INSERT INTO traces (message_id, attempt, day, nodes) VALUES ($1, $2, $3, $4) ${KEEP_NODES}`,
)

export function attemptOperations({ db, tally, partitions, self }: Ground, rows: MessageRows) {
  /** A receipt knows better than an answer that says sent, and than the lack of one; not than a rejection. */
  async function decideByReceipt({ record, state, errorCode, errorMessage }: SettleWrite): Promise<ByReceipt | null> {
    const sending = await rows.receiptWhileSending(record.id, record.fence)
    if (!sending) return null
    if (!sending.receipt || state === 'failed') return { state, errorCode, errorMessage }
    const error = await rows.errorOf(record.id, sending.receipt)
    return { state: sending.receipt, errorCode: error?.code ?? null, errorMessage: error?.message ?? null }
  }

  /** Of what stands in the queue no longer. */
  async function claimDequeued({ entry, serviceId, quotaDay = null, now }: ClaimWrite): Promise<ClaimResult> {
    const record = await rows.read(entry.id)
    if (!record || record.state !== 'queued') return GONE
    if (record.expiresAt !== null && record.expiresAt <= now) {
      const error = { code: 'expired', message: 'its time to live was over before it could be sent' }
      return { kind: 'expired', record: await rows.move(record, 'expired', now, error) }
    }
    const touched = await db.one(claimTouched, record.id, serviceId, now)
    const claimed = touched ?? { attempt: 1, attempt_base: 0, fence: 1 }
    await db.run(insertClaim, record.id, claimed.fence, claimed.attempt, serviceId, now, self.own)
    tally.moved(record, 'queued', 'sending', now, {})
    if (quotaDay !== null) tally.used(serviceId, quotaDay, 1)
    if (record.taskId !== null && record.attempt === 0) tally.claimed(record.taskId, now - record.firstDueAt, now)
    return {
      kind: 'claimed',
      attemptBase: claimed.attempt_base,
      queuedAt: record.attempt > 0 ? record.updatedAt : record.acceptedAt,
      record: { ...sendingNow(record, serviceId, now), attempt: claimed.attempt, fence: claimed.fence },
    }
  }

  async function claimRead(write: ClaimWrite): Promise<ClaimResult> {
    if (!(await rows.dequeue(write.entry))) return GONE
    return claimDequeued(write)
  }

  /** Those that their caller knows as they were accepted: nothing is read. */
  async function claimFresh(writes: readonly ClaimWrite[]): Promise<ClaimResult[]> {
    const columns = columnsOf(
      writes,
      ({ entry }) => entry.id,
      ({ entry }) => entry.priority,
      ({ entry }) => entry.lane,
      ({ serviceId }) => serviceId,
      ({ now }) => now,
    )
    const found = new Map((await db.all(claimMany, self.own, ...columns)).map(({ id, claimed }) => [id, claimed]))
    return together(
      writes.map(async (write): Promise<ClaimResult> => {
        const { entry, fresh, serviceId, quotaDay = null, now } = write
        const claimed = found.get(entry.id)
        // The caller may know it as it was before an attempt.
        if (!claimed || !fresh) return claimed === false ? claimDequeued(write) : GONE
        tally.moved(fresh, 'queued', 'sending', now, {})
        if (quotaDay !== null) tally.used(serviceId, quotaDay, 1)
        if (fresh.taskId !== null) tally.claimed(fresh.taskId, now - fresh.acceptedAt, now)
        return {
          kind: 'claimed',
          attemptBase: 0,
          queuedAt: fresh.acceptedAt,
          record: { ...sendingNow(fresh, serviceId, now), attempt: 1, fence: 1 },
        }
      }),
    )
  }

  /** Writes results that end their attempts, and tells which; one that a receipt has overtaken only when that is decided. */
  async function end(writes: readonly SettleWrite[], decided: boolean): Promise<ReadonlySet<number>> {
    if (writes.length === 0) return new Set()
    const columns = columnsOf(
      writes,
      ({ record }) => record.id,
      ({ record }) => record.fence,
      () => decided,
      ({ state }) => state,
      ({ record }) => record.attempt,
      ({ record }) => record.serviceId,
      ({ providerId }) => providerId,
      ({ errorCode }) => errorCode,
      ({ errorMessage }) => errorMessage,
      ({ record }) => record.claimedAt,
      ({ now }) => now,
      ({ now }) => dayOf(now).from,
      ({ nodes }) => encodeNodes(nodes),
    )
    const ended = new Set((await db.all(endMany, ...columns)).map(({ id }) => id))
    for (const write of writes) if (ended.has(write.record.id)) countEnd(write)
    return ended
  }

  function countEnd({ record, state, responseMs, quotaBack = null, now }: SettleWrite): void {
    const after = { serviceId: record.serviceId, finishedAt: now, durationMs: Math.max(0, now - record.firstDueAt) }
    tally.moved(record, 'sending', state, now, { after })
    if (quotaBack !== null && record.serviceId !== null) tally.used(record.serviceId, quotaBack, -1)
    if (responseMs !== null) tally.responded(record, state, after, responseMs)
  }

  /** Where states and traces go; nothing to wait for in nearly every case. */
  async function placesOf(writes: readonly SettleWrite[]): Promise<void> {
    await partitions.months(writes.map(({ record }) => record.id))
    for (const { now } of writes) {
      const made = partitions.day(now)
      if (made) await made
    }
  }

  async function settleEnds(writes: readonly SettleWrite[]): Promise<(MessageRecord | null)[]> {
    if (writes.length === 0) return []
    await placesOf(writes)
    const ended = await end(writes, false)
    const decided = await together(
      writes.map(async (write): Promise<SettleWrite | null> => {
        if (ended.has(write.record.id)) return write
        const byReceipt = await decideByReceipt(write)
        // Of the states of a receipt none is one that a result may not have, as far as it is written.
        return byReceipt && ({ ...write, ...byReceipt } as SettleWrite)
      }),
    )
    await end(decided.filter((write) => write !== null && !ended.has(write.record.id)) as SettleWrite[], true)
    return decided.map((write) => {
      if (!write) return null
      const { record, state, providerId, errorCode, errorMessage, now } = write
      return {
        ...record,
        ...{ state: state as MessageState, errorCode, errorMessage, pendingReason: null },
        providerId: providerId ?? record.providerId,
        finishedAt: now,
        updatedAt: now,
      }
    })
  }

  /** A result after which it waits for its next attempt, unless a receipt says that it got there. */
  async function settleRetry(write: SettleWrite): Promise<MessageRecord | null> {
    const { record, providerId, errorCode, errorMessage, retry, quotaBack = null, now } = write
    if (!retry) throw new Error('expected a retry to have its time and its place, got none')
    const { id, fence, attempt, serviceId, claimedAt } = record
    await placesOf([write])
    const receipt = (await rows.receiptWhileSending(id, fence))?.receipt
    if (receipt && receipt !== 'failed') {
      // It was sent after all: the quota stays used.
      const end = {
        ...write,
        state: 'unknown' as const,
        errorCode: null,
        errorMessage: null,
        retry: null,
        quotaBack: null,
      }
      await settleEnds([end])
      return rows.read(id)
    }
    if ((await db.run(deleteClaim, id, fence)) === 0) return null
    const { dueAt } = retry
    await together([
      db.run(waitForRetry, id, attempt, fence, serviceId, providerId, dueAt, errorCode, errorMessage, claimedAt, now),
      rows.delay(retry.entry, dueAt),
      db.run(insertNodes, id, attempt, dayOf(now).from, encodeNodes(write.nodes)),
    ])
    tally.moved(record, 'sending', 'queued', now, {})
    if (quotaBack !== null && serviceId !== null) tally.used(serviceId, quotaBack, -1)
    return {
      ...record,
      ...{ state: 'queued', pendingReason: 'retry', dueAt, errorCode, errorMessage, finishedAt: null, updatedAt: now },
      providerId: providerId ?? record.providerId,
    }
  }

  const claim: Gathering<ClaimWrite, ClaimResult> = {
    keysOf: ({ entry }) => [entry.id],
    run: (writes) => split(writes, ({ entry }) => entry.id, isFresh, claimFresh, claimRead),
  }
  const settle: Gathering<SettleWrite, MessageRecord | null> = {
    keysOf: ({ record }) => [record.id],
    run: (writes) =>
      split(
        writes,
        ({ record }) => record.id,
        ({ state }) => state !== 'queued',
        settleEnds,
        settleRetry,
      ),
  }
  return { claim, settle }
}

const isFresh = ({ fresh, now }: ClaimWrite): boolean => !!fresh && (fresh.expiresAt === null || fresh.expiresAt > now)

function sendingNow(record: MessageRecord, serviceId: number, now: number): MessageRecord {
  return {
    ...record,
    ...{ state: 'sending', serviceId, claimedAt: now, updatedAt: now },
    ...{ pendingReason: null, errorCode: null, errorMessage: null, finishedAt: null },
  }
}

/**
 * Some all at once, the others one by one; results in the order of what was asked. Those at once go by their ids: of two nodes that
 * want the same rows one waits for the other, and not each for the other.
 */
async function split<I, R>(
  items: readonly I[],
  idOf: (item: I) => number,
  isUsual: (item: I) => boolean,
  usual: (items: readonly I[]) => Promise<R[]>,
  other: (item: I) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const [many, few] = [[] as number[], [] as number[]]
  for (const [i, item] of items.entries()) (isUsual(item) ? many : few).push(i)
  many.sort((a, b) => idOf(items[a] as I) - idOf(items[b] as I))
  async function atOnce(): Promise<void> {
    const of = many.length > 0 ? await usual(many.map((i) => items[i] as I)) : []
    for (const [place, i] of many.entries()) results[i] = of[place] as R
  }
  async function alone(i: number): Promise<void> {
    results[i] = await other(items[i] as I)
  }
  await together([atOnce(), ...few.map(alone)])
  return results
}
