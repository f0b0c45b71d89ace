/** What providers were answered with, next to the receipts that they brought. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import { REMEMBERED_MS, type CallbackAnswer, type CallbackReply } from '../../../messages/replays.ts'
import type { Moved } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { MessageOperations } from './messages.ts'

/** Removed with each that comes: more than that, so that the table follows a rate that falls. */
const FORGOTTEN_AT_ONCE = 10

export function replayOperations(db: Db, messages: MessageOperations) {
  const remember = db.prepare('INSERT OR REPLACE INTO callback_answers VALUES (?, ?, ?)')
  const forget = db.prepare(
    'DELETE FROM callback_answers WHERE key IN (SELECT key FROM callback_answers WHERE at < ? LIMIT ?)',
  )
  return {
    /** One operation: all of it or nothing. */
    take(events: readonly ReceiptEvent[], answer: CallbackAnswer | null, now: number): (Moved | null)[] {
      const told = events.map((event) => messages.receipt(event, now))
      if (answer) {
        remember.run(answer.key, now, JSON.stringify(answer.reply))
        forget.run(now - REMEMBERED_MS, FORGOTTEN_AT_ONCE)
      }
      return told
    },
  }
}

export function replayReads(db: Db) {
  const find = db
    .prepare<[string, number], string>('SELECT reply FROM callback_answers WHERE key = ? AND at >= ?')
    .pluck()
  return {
    answered(key: string, since: number): CallbackReply | null {
      const reply = find.get(key, since)
      return reply === undefined ? null : (JSON.parse(reply) as CallbackReply)
    },
  }
}
