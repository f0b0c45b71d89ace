/** What providers were answered with, next to the receipts that they brought. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import { REMEMBERED_MS, type CallbackAnswer, type CallbackReply } from '../../../messages/replays.ts'
import type { Moved } from '../../../messages/store.ts'
import type { Reader } from '../reader.ts'
import { statement, type Db } from '../statement.ts'
import type { MessageRows } from './message-rows.ts'
import type { MoveOperations } from './moves.ts'

/** Removed with each that comes: more than that, so that the table follows a rate that falls. */
const FORGOTTEN_AT_ONCE = 10

const remember = statement<[string, number, string]>(
  `INSERT INTO callback_answers (key, at, reply) VALUES ($1, $2, $3)
   ON CONFLICT (key) DO UPDATE SET at = excluded.at, reply = excluded.reply`,
)
const forget = statement<[number, number]>(
  'DELETE FROM callback_answers WHERE key IN (SELECT key FROM callback_answers WHERE at < $1 ORDER BY at LIMIT $2)',
)
const find = statement<[string, number], { reply: string }>(
  'SELECT reply FROM callback_answers WHERE key = $1 AND at >= $2',
)

export function replayOperations(db: Db, rows: Pick<MessageRows, 'lockAll'>, { receipt }: MoveOperations) {
  return {
    /** One after the other: several may be of one message. */
    async take(events: readonly ReceiptEvent[], answer: CallbackAnswer | null, now: number) {
      await rows.lockAll(events.map(({ recordId }) => recordId))
      const told: (Moved | null)[] = []
      for (const event of events) told.push(await receipt(event, now))
      if (answer) {
        await db.run(remember, answer.key, now, JSON.stringify(answer.reply))
        await db.run(forget, now - REMEMBERED_MS, FORGOTTEN_AT_ONCE)
      }
      return told
    },
  }
}

export function replayReads({ db }: Reader) {
  return {
    async answered(key: string, since: number): Promise<CallbackReply | null> {
      const row = await db.one(find, key, since)
      return row && (JSON.parse(row.reply) as CallbackReply)
    },
  }
}
