/** What happens to a message outside its attempts: late results, receipts, operators, and recovery after a crash. */
import type { Channel, MessageState } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import { afterReceipt, isWaiting } from '../../../messages/states.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { HoldWrite, LateWrite, Moved } from '../../../messages/store.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { MessageRows, Receipt } from './message-rows.ts'
import { entryOf } from './rows.ts'

export function moveOperations(db: Db, rows: MessageRows, { months, days }: Partitions) {
  /** Attempts and time to live begin anew, else an expired message would expire again. */
  const beginAnewOf = months.writing((month) =>
    db.prepare<[{ id: number; now: number }], { expires_at: number | null }>(
      `UPDATE states_${month} SET attempt_base = attempt, due_at = @now,
         expires_at = @now + (SELECT m.expires_at - m.due_at FROM messages_${month} m WHERE m.id = @id)
       WHERE id = @id RETURNING expires_at`,
    ),
  )
  const setProviderIdOf = months.writing((month) =>
    db.prepare(`UPDATE states_${month} SET provider_id = ? WHERE id = ?`),
  )
  const attemptBaseOf = months.reading((month) =>
    db.prepare<[number], number>(`SELECT attempt_base FROM states_${month} WHERE id = ?`).pluck(),
  )
  const keepReceipt = db.prepare('UPDATE claims SET receipt = ? WHERE id = ?')
  const insertReceiptOf = days.writing((day) =>
    db.prepare(`INSERT OR IGNORE INTO receipts_${day} VALUES (@recordId, @at, @state, @code, @detail)`),
  )
  const insertAudit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, ?, ?)')
  const sending = db.prepare<[], { id: number; receipt: Receipt | null }>('SELECT id, receipt FROM claims')
  const holdStateOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO states_${month} (id, state, pending_reason, due_at, updated_at) VALUES (@id, 'queued', @reason, @dueAt, @now)
       ON CONFLICT DO UPDATE SET pending_reason = @reason, due_at = @dueAt`,
    ),
  )

  return {
    /** A message that was tried before keeps the time of that: its wait counts from there. */
    hold({ entry, resident = false, reason, dueAt, now }: HoldWrite): MessageRecord | null {
      if (!rows.dequeue(entry) && !(resident && rows.read(entry.id)?.state === 'queued')) return null
      rows.delay(entry, dueAt, reason)
      holdStateOf(entry.id).run({ id: entry.id, reason, dueAt, now })
      return rows.read(entry.id)
    },

    resolveLate(write: LateWrite): MessageRecord | null {
      const record = rows.read(write.id)
      if (!record || record.fence !== write.fence || record.state !== 'unknown') return null
      if (write.providerId !== null) setProviderIdOf(write.id).run(write.providerId, write.id)
      const error =
        write.state === 'failed' ? { code: write.errorCode ?? 'failed', message: write.errorMessage ?? '' } : null
      return { ...rows.move(record, write.state, write.now, error), providerId: write.providerId ?? record.providerId }
    },

    /**
     * The provider is certain that it never had what became of an `unknown` message: it is tried again, while there is a retry left.
     * What it used of a quota stays used: the day in which that was counted is not known any more.
     */
    notSent(id: number, fence: number, maxRetries: number, now: number) {
      const record = rows.read(id)
      if (!record || record.fence !== fence || record.state !== 'unknown') return null
      const base = attemptBaseOf(id)?.get(id) ?? 0
      if (record.attempt - base > maxRetries) {
        const error = { code: 'not_found', message: 'the provider never had it, and no retry is left' }
        return { record: rows.move(record, 'failed', now, error), requeued: false }
      }
      const moved = rows.move(record, 'queued', now)
      rows.enqueue(entryOf(moved))
      return { record: moved, requeued: true }
    },

    read: (id: number): MessageRecord | null => rows.read(id),
    entryOf,

    cancel(id: number, now: number): (Moved & { wasDelayed: boolean }) | null {
      const record = rows.read(id)
      if (!record) return null
      if (!isWaiting(record.state)) return { record, moved: false, wasDelayed: false }
      const wasDelayed = !rows.dequeue(entryOf(record)) && rows.undelay(id, record.dueAt)
      insertAudit.run(now, 'cancel', id, null)
      return { record: rows.move(record, 'cancelled', now), moved: true, wasDelayed }
    },

    requeue(id: number, from: readonly MessageState[], now: number, audit: string): (Moved & { entry: Entry }) | null {
      const record = rows.read(id)
      if (!record) return null
      const entry = entryOf(record)
      if (!from.includes(record.state)) return { record, moved: false, entry }
      const moved = rows.move(record, 'queued', now)
      const expiresAt = beginAnewOf(id).get({ id, now })?.expires_at ?? null
      rows.enqueue(entry)
      insertAudit.run(now, audit, id, null)
      return { record: { ...moved, dueAt: now, expiresAt }, moved: true, entry }
    },

    resolve(id: number, state: 'sent' | 'failed', now: number, note: string): Moved | null {
      const record = rows.read(id)
      if (!record) return null
      if (record.state !== 'unknown') return { record, moved: false }
      insertAudit.run(now, `resolve ${state}`, id, note)
      const error =
        state === 'failed'
          ? { code: record.errorCode ?? 'resolved', message: record.errorMessage ?? 'marked as failed' }
          : null
      return { record: rows.move(record, state, now, error), moved: true }
    },

    audit(action: string, recordId: number | null, detail: string | null, now: number): void {
      insertAudit.run(now, action, recordId, detail)
    },

    receipt(event: ReceiptEvent, now: number): Moved | null {
      const record = rows.read(event.recordId)
      if (!record) return null
      insertReceiptOf(now).run({ ...event, code: event.code ?? null, detail: event.detail ?? null })
      if (event.state === 'delayed') return { record, moved: false }
      if (record.state === 'sending') {
        const before = rows.receiptWhileSending(record.id, record.fence)?.receipt ?? 'sent'
        keepReceipt.run(afterReceipt(before, event.state), record.id)
        return { record, moved: false }
      }
      const to = afterReceipt(record.state, event.state)
      if (to === record.state) return { record, moved: false }
      return { record: rows.move(record, to, now, rows.errorOf(record.id, to)), moved: true }
    },

    recover(policies: Record<Channel, 'hold' | 'retry'>, now: number): { unknown: number; requeued: number } {
      const counts = { unknown: 0, requeued: 0 }
      for (const { id, receipt } of sending.all()) {
        const record = rows.read(id)
        if (!record) continue
        if (receipt) rows.move(record, receipt, now, rows.errorOf(id, receipt))
        else if (policies[record.channel] === 'retry') {
          rows.move(record, 'queued', now)
          rows.enqueue(entryOf(record))
          counts.requeued += 1
        } else {
          rows.move(record, 'unknown', now, {
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
