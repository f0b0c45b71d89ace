/** Inboxes of users, each write with its receipts in one transaction. */
import type { NewInboxEntry } from '@signalbox/channels/adapter'
import type { InboxEntryRecord, InboxNews, InboxPage } from '../../../inbox/store.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'
import type { MoveOperations } from './moves.ts'

const COLUMNS = `user_id AS "user", ${camel('seq, record_id, title, text, at, expires_at, ack_timeout_ms')}, read_at IS NOT NULL AS read`
const GONE = `RETURNING user_id AS "user", ${camel('seq, record_id')}, read_at IS NOT NULL AS read`
type Gone = Pick<InboxEntryRecord, 'user' | 'seq' | 'recordId' | 'read'>

/** Why a message that was sent was not delivered after all. */
const FULL = { code: 'inbox_full', detail: 'newer messages took its place before a device had taken it' }
const EXPIRED = { code: 'inbox_expired', detail: 'no device took it within its time' }

const byRecord = statement<[number], InboxEntryRecord>(`SELECT ${COLUMNS} FROM inbox_entries WHERE record_id = $1`)
/** The writes of one user's inbox follow each other, also those of several nodes. */
const lockUser = statement<[string]>(
  `INSERT INTO inbox_users AS kept (user_id, last_seq, delivered_seq) VALUES ($1, 0, 0)
   ON CONFLICT (user_id) DO UPDATE SET last_seq = kept.last_seq`,
)
const nextSeq = statement<[string], { last_seq: number }>(
  'UPDATE inbox_users SET last_seq = last_seq + 1 WHERE user_id = $1 RETURNING last_seq',
)
const insert = statement<[string, number, number, string | null, string, number, number, number]>(
  `INSERT INTO inbox_entries (user_id, seq, record_id, title, text, at, expires_at, ack_timeout_ms)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
)
const displace = statement<[string, number], Gone>(`DELETE FROM inbox_entries WHERE user_id = $1 AND seq <= $2 ${GONE}`)
const expire = statement<[number, number], Gone>(
  `DELETE FROM inbox_entries WHERE record_id IN
     (SELECT record_id FROM inbox_entries WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) ${GONE}`,
)
const stands = statement<[string], { lastSeq: number; deliveredSeq: number }>(
  `SELECT ${camel('last_seq, delivered_seq')} FROM inbox_users WHERE user_id = $1`,
)
/** Devices of one user at two nodes would else both find that nobody had taken it. */
const standsLocked = statement<[string], { lastSeq: number; deliveredSeq: number }>(
  `SELECT ${camel('last_seq, delivered_seq')} FROM inbox_users WHERE user_id = $1 FOR UPDATE`,
)
const recordsBetween = statement<[string, number, number], { record_id: number }>(
  'SELECT record_id FROM inbox_entries WHERE user_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq',
)
const setDelivered = statement<[number, string]>('UPDATE inbox_users SET delivered_seq = $1 WHERE user_id = $2')
const setRead = statement<[number, string, number], { record_id: number }>(
  'UPDATE inbox_entries SET read_at = $1 WHERE user_id = $2 AND seq = $3 AND read_at IS NULL RETURNING record_id',
)

export function inboxOperations(db: Db, { receipt }: MoveOperations) {
  /** A message that is still with the adapter keeps its receipt until the result is there: not moved yet. */
  async function moves(events: readonly Parameters<typeof receipt>[0][], now: number): Promise<MessageRecord[]> {
    const moved: MessageRecord[] = []
    for (const event of events) {
      const told = await receipt(event, now)
      if (told?.moved) moved.push(told.record)
    }
    return moved
  }

  /** Receipts for what goes without having been taken. */
  async function untaken(gone: readonly Gone[], why: typeof FULL, now: number): Promise<MessageRecord[]> {
    const failed = []
    for (const { user, seq, recordId, read } of gone.toSorted((a, b) => a.seq - b.seq)) {
      if (read || seq <= ((await db.one(stands, user))?.deliveredSeq ?? 0)) continue
      failed.push({ recordId, state: 'failed' as const, at: now, ...why })
    }
    return moves(failed, now)
  }

  return {
    async put({ keepAtMost, ...given }: NewInboxEntry, now: number) {
      await db.run(lockUser, given.user)
      const known = await db.one(byRecord, given.recordId)
      if (known) return { entry: known, repeated: true, moved: [] as MessageRecord[] }
      const seq = ((await db.one(nextSeq, given.user)) as { last_seq: number }).last_seq
      const { user, recordId, title, text, expiresAt, ackTimeoutMs } = given
      const entry: InboxEntryRecord = { ...given, seq, at: now, read: false }
      await db.run(insert, user, seq, recordId, title, text, now, expiresAt, ackTimeoutMs)
      const displaced = await db.all(displace, user, seq - keepAtMost)
      return { entry, repeated: false, moved: await untaken(displaced, FULL, now) }
    },

    async delivered(user: string, upTo: number, device: string, now: number): Promise<MessageRecord[]> {
      const { lastSeq, deliveredSeq } = (await db.one(standsLocked, user)) ?? { lastSeq: 0, deliveredSeq: 0 }
      const to = Math.min(upTo, lastSeq)
      if (to <= deliveredSeq) return []
      const taken = await db.all(recordsBetween, user, deliveredSeq, to)
      await db.run(setDelivered, to, user)
      const events = taken.map(({ record_id: recordId }) => ({
        ...{ recordId, state: 'delivered' as const, at: now, detail: device },
      }))
      return moves(events, now)
    },

    async read(user: string, seqs: readonly number[], device: string, now: number) {
      const done: number[] = []
      const moved: MessageRecord[] = []
      for (const seq of seqs) {
        const row = await db.one(setRead, now, user, seq)
        if (!row) continue
        done.push(seq)
        moved.push(...(await moves([{ recordId: row.record_id, state: 'read', at: now, detail: device }], now)))
      }
      return { seqs: done, moved }
    },

    async expire(now: number, limit: number) {
      const gone = await db.all(expire, now, limit)
      return { removed: gone.length, moved: await untaken(gone, EXPIRED, now) }
    },
  }
}

const find = statement<[number], { user: string; seq: number }>(
  'SELECT user_id AS "user", seq FROM inbox_entries WHERE record_id = $1',
)
const after = statement<[string, number, number, number, number], InboxEntryRecord>(
  `SELECT ${COLUMNS} FROM inbox_entries WHERE user_id = $1 AND seq > $2 AND seq <= $3 AND expires_at > $4 ORDER BY seq LIMIT $5`,
)
// Of arrays only those of floats arrive as numbers.
const news = statement<[readonly string[], number], InboxNews>(
  `SELECT user_id AS "user", last_seq AS "lastSeq", ARRAY(
     SELECT seq::float8 FROM inbox_entries AS entry
     WHERE entry.user_id = inbox_users.user_id AND read_at >= $2 ORDER BY seq
   ) AS read
   FROM inbox_users WHERE user_id = ANY($1::text[])`,
)

export function inboxReads({ db }: Reader) {
  return {
    news: (users: readonly string[], readSince: number) => db.all(news, users, readSince),
    find: (recordId: number) => db.one(find, recordId),
    async after(user: string, since: number, limit: number, now: number): Promise<InboxPage> {
      // First, so that what is written between the two reads is left for the next page.
      const last = (await db.one(stands, user))?.lastSeq ?? 0
      const entries = await db.all(after, user, since, last, now, limit)
      const upTo = entries.length === limit ? (entries.at(-1)?.seq ?? last) : Math.max(last, since)
      return { entries, upTo, lastSeq: last }
    },
  }
}
