/** What happens to a message outside its attempts: late results, receipts, operators, and recovery after a crash. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { Channel, MessageState } from '@signalbox/contracts'
import { afterReceipt, isWaiting } from '../../../messages/states.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { HoldWrite, LateWrite, Moved } from '../../../messages/store.ts'
import type { Entry } from '../../../queue/store.ts'
import { entryOf } from '../../shared/record-rows.ts'
import { dayOf } from '../month.ts'
import { statement } from '../statement.ts'
import { together } from '../together.ts'
import type { Ground, MessageRows, Receipt } from './message-rows.ts'

/** Attempts and time to live begin anew, else an expired message would expire again. */
const beginAnew = statement<[number, number], { expires_at: number | null }>(
  `UPDATE states SET attempt_base = attempt, due_at = $2,
     expires_at = $2 + (SELECT m.expires_at - m.due_at FROM messages m WHERE m.id = $1)
   WHERE id = $1 RETURNING expires_at`,
)
const setProviderId = statement<[string, number]>('UPDATE states SET provider_id = $1 WHERE id = $2')
const attemptBase = statement<[number], { attempt_base: number }>('SELECT attempt_base FROM states WHERE id = $1')
const keepReceipt = statement<[string, number]>('UPDATE claims SET receipt = $1 WHERE id = $2')
const insertReceipt = statement<[number, number, string, number, string | null, string | null]>(
  `INSERT INTO receipts (message_id, at, state, day, code, detail) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
)
export const insertAudit = statement<[number, string, number | null, string | null]>(
  'INSERT INTO audit_log (at, action, record_id, detail) VALUES ($1, $2, $3, $4)',
)
const claims = statement<[number, number], { id: number; receipt: Receipt | null }>(
  'SELECT id, receipt FROM claims WHERE owner = $1 ORDER BY id LIMIT $2 FOR UPDATE',
)
/** Of a message that is there no more. */
const forgetClaim = statement<[number]>('DELETE FROM claims WHERE id = $1')
/** Recovered in one transaction at most. */
const RECOVERED_AT_ONCE = 500
/** Somebody moves it just then: it is looked for again so often. */
const LOOKS_FOR_IT = 5
const holdState = statement<[number, string, number, number]>(
  `INSERT INTO states (id, state, pending_reason, due_at, updated_at) VALUES ($1, 'queued', $2, $3, $4)
   ON CONFLICT (id) DO UPDATE SET pending_reason = excluded.pending_reason, due_at = excluded.due_at`,
)

export type MoveOperations = ReturnType<typeof moveOperations>

export function moveOperations({ db, partitions, notices, self }: Ground, rows: MessageRows) {
  async function audit(action: string, recordId: number | null, detail: string | null, now: number): Promise<void> {
    await db.run(insertAudit, now, action, recordId, detail)
  }

  async function recoverOne(
    { id, receipt }: { id: number; receipt: Receipt | null },
    policies: Record<Channel, 'hold' | 'retry'>,
    now: number,
  ): Promise<MessageRecord | null> {
    const record = await rows.lock(id)
    if (!record) {
      await db.run(forgetClaim, id)
      return null
    }
    if (receipt) return rows.move(record, receipt, now, await rows.errorOf(id, receipt))
    if (policies[record.channel] === 'retry') {
      const moved = await rows.move(record, 'queued', now)
      await rows.enqueue(entryOf(record))
      return moved
    }
    const message = 'the process ended during the call to the provider: it may have been sent'
    return rows.move(record, 'unknown', now, { code: 'crashed', message })
  }

  /** Up to so many of what an owner, that claims no more, was sending. */
  async function recoverSome(
    owner: number,
    policies: Record<Channel, 'hold' | 'retry'>,
    now: number,
  ): Promise<{ records: MessageRecord[]; more: boolean }> {
    const left = await db.all(claims, owner, RECOVERED_AT_ONCE)
    const became = await together(left.map((claim) => recoverOne(claim, policies, now)))
    return { records: became.filter((record) => record !== null), more: left.length === RECOVERED_AT_ONCE }
  }

  return {
    audit,
    recoverSome,

    /** A message that was tried before keeps the time of that: its wait counts from there. */
    async hold({ entry, reason, dueAt, now }: HoldWrite): Promise<MessageRecord | null> {
      const { id } = entry
      if (!(await rows.dequeue(entry))) return null
      await partitions.months([id])
      await together([rows.delay(entry, dueAt, reason), db.run(holdState, id, reason, dueAt, now)])
      return rows.read(id)
    },

    async resolveLate(write: LateWrite): Promise<MessageRecord | null> {
      const { id, fence, state, providerId, errorCode, errorMessage, now } = write
      const record = await rows.lock(id)
      if (!record || record.fence !== fence || record.state !== 'unknown') return null
      if (providerId !== null) await db.run(setProviderId, providerId, id)
      const error = state === 'failed' ? { code: errorCode ?? 'failed', message: errorMessage ?? '' } : null
      return { ...(await rows.move(record, state, now, error)), providerId: providerId ?? record.providerId }
    },

    /**
     * The provider is certain that it never had what became of an `unknown` message: it is tried again, while there is a retry left.
     * What it used of a quota stays used: the day in which that was counted is not known any more.
     */
    async notSent(id: number, fence: number, maxRetries: number, now: number) {
      const record = await rows.lock(id)
      if (!record || record.fence !== fence || record.state !== 'unknown') return null
      const base = (await db.one(attemptBase, id))?.attempt_base ?? 0
      if (record.attempt - base > maxRetries) {
        const error = { code: 'not_found', message: 'the provider never had it, and no retry is left' }
        return { record: await rows.move(record, 'failed', now, error), requeued: false }
      }
      const moved = await rows.move(record, 'queued', now)
      await rows.enqueue(entryOf(moved))
      return { record: moved, requeued: true }
    },

    /** Whoever takes it out of where it waits has it: one that is gone from there is with another, and is looked at again. */
    async cancel(id: number, now: number): Promise<(Moved & { wasDelayed: boolean }) | null> {
      for (let looked = 1; ; looked++) {
        const seen = await rows.read(id)
        if (!seen) return null
        if (!isWaiting(seen.state)) return { record: seen, moved: false, wasDelayed: false }
        const owner = await rows.dequeueOfAny(entryOf(seen))
        const wasReady = owner !== null
        const wasDelayed = !wasReady && (await rows.undelay(id))
        if (!wasReady && !wasDelayed) {
          if (looked < LOOKS_FOR_IT) continue
          return { record: seen, moved: false, wasDelayed: false }
        }
        // In memory it may still stand in line: where it was ready, or anywhere.
        if (owner !== self.own) notices.cancelled(entryOf(seen), owner)
        const record = (await rows.lock(id)) ?? seen
        // Of what waits for its first time nothing but its place says so, and that was just taken.
        const state = wasDelayed && record.pendingReason === null ? 'scheduled' : 'queued'
        await audit('cancel', id, null, now)
        return { record: await rows.move({ ...record, state }, 'cancelled', now), moved: true, wasDelayed }
      }
    },

    async requeue(
      id: number,
      from: readonly MessageState[],
      now: number,
      as: string,
    ): Promise<(Moved & { entry: Entry }) | null> {
      const record = await rows.lock(id)
      if (!record) return null
      const entry = entryOf(record)
      if (!from.includes(record.state)) return { record, moved: false, entry }
      const moved = await rows.move(record, 'queued', now)
      const [anew] = await together([db.one(beginAnew, id, now), rows.enqueue(entry), audit(as, id, null, now)])
      const expiresAt = anew?.expires_at ?? null
      return { record: { ...moved, dueAt: now, expiresAt }, moved: true, entry }
    },

    async resolve(id: number, state: 'sent' | 'failed', now: number, note: string): Promise<Moved | null> {
      const record = await rows.lock(id)
      if (!record) return null
      if (record.state !== 'unknown') return { record, moved: false }
      await audit(`resolve ${state}`, id, note, now)
      const error =
        state === 'failed'
          ? { code: record.errorCode ?? 'resolved', message: record.errorMessage ?? 'marked as failed' }
          : null
      return { record: await rows.move(record, state, now, error), moved: true }
    },

    async receipt(event: ReceiptEvent, now: number): Promise<Moved | null> {
      const { recordId: id, at, state, code = null, detail = null } = event
      const record = await rows.lock(id)
      if (!record) return null
      await partitions.day(now)
      await db.run(insertReceipt, id, at, state, dayOf(now).from, code, detail)
      if (state === 'delayed') return { record, moved: false }
      if (record.state === 'sending') {
        const before = (await rows.receiptWhileSending(id, record.fence))?.receipt ?? 'sent'
        await db.run(keepReceipt, afterReceipt(before, state), id)
        return { record, moved: false }
      }
      const to = afterReceipt(record.state, state)
      if (to === record.state) return { record, moved: false }
      return { record: await rows.move(record, to, now, await rows.errorOf(id, to)), moved: true }
    },

    /** Of this node as it was before it started. */
    async recover(policies: Record<Channel, 'hold' | 'retry'>, now: number) {
      const counts = { unknown: 0, requeued: 0 }
      for (;;) {
        const { records, more } = await recoverSome(self.own, policies, now)
        for (const { state } of records) {
          if (state === 'unknown') counts.unknown += 1
          if (state === 'queued') counts.requeued += 1
        }
        if (!more) return counts
      }
    },
  }
}
