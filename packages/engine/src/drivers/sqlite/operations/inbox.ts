/** Inboxes of users, each write with its receipts in one transaction. */
import type { NewInboxEntry } from '@signalbox/channels/adapter'
import type { InboxEntryRecord, InboxNews, InboxPage } from '../../../inbox/store.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Db } from '../database.ts'
import type { MessageOperations } from './messages.ts'

const COLUMNS = `user, seq, record_id AS recordId, title, text, at, expires_at AS expiresAt, ack_timeout_ms AS ackTimeoutMs,
  read_at IS NOT NULL AS read`

type Row = Omit<InboxEntryRecord, 'read'> & { read: 0 | 1 }
type Gone = Pick<Row, 'user' | 'seq' | 'recordId' | 'read'>

const toEntry = ({ read, ...row }: Row): InboxEntryRecord => ({ ...row, read: read === 1 })

/** Why a message that was sent was not delivered after all. */
const FULL = { code: 'inbox_full', detail: 'newer messages took its place before a device had taken it' }
const EXPIRED = { code: 'inbox_expired', detail: 'no device took it within its time' }

export function inboxOperations(db: Db, { receipt }: Pick<MessageOperations, 'receipt'>) {
  const byRecord = db.prepare<[number], Row>(`SELECT ${COLUMNS} FROM inbox_entries WHERE record_id = ?`)
  const nextSeq = db
    .prepare<[string], number>(
      `INSERT INTO inbox_users (user, last_seq, delivered_seq) VALUES (?, 1, 0)
       ON CONFLICT DO UPDATE SET last_seq = last_seq + 1 RETURNING last_seq`,
    )
    .pluck()
  const insert = db.prepare(
    `INSERT INTO inbox_entries (user, seq, record_id, title, text, at, expires_at, ack_timeout_ms)
     VALUES (@user, @seq, @recordId, @title, @text, @at, @expiresAt, @ackTimeoutMs)`,
  )
  const GONE = 'RETURNING user, seq, record_id AS recordId, read_at IS NOT NULL AS read'
  const displace = db.prepare<[string, number], Gone>(`DELETE FROM inbox_entries WHERE user = ? AND seq <= ? ${GONE}`)
  const expire = db.prepare<[number, number], Gone>(
    `DELETE FROM inbox_entries WHERE record_id IN
       (SELECT record_id FROM inbox_entries WHERE expires_at <= ? ORDER BY expires_at LIMIT ?) ${GONE}`,
  )
  const stands = db.prepare<[string], { lastSeq: number; deliveredSeq: number }>(
    'SELECT last_seq AS lastSeq, delivered_seq AS deliveredSeq FROM inbox_users WHERE user = ?',
  )
  const recordsBetween = db
    .prepare<[string, number, number], number>(
      'SELECT record_id FROM inbox_entries WHERE user = ? AND seq > ? AND seq <= ? ORDER BY seq',
    )
    .pluck()
  const setDelivered = db.prepare('UPDATE inbox_users SET delivered_seq = ? WHERE user = ?')
  const setRead = db
    .prepare<[number, string, number], number>(
      'UPDATE inbox_entries SET read_at = ? WHERE user = ? AND seq = ? AND read_at IS NULL RETURNING record_id',
    )
    .pluck()

  /** A message that is still with the adapter keeps its receipt until the result is there: not moved yet. */
  function moves(events: readonly Parameters<typeof receipt>[0][], now: number): MessageRecord[] {
    const moved: MessageRecord[] = []
    for (const event of events) {
      const told = receipt(event, now)
      if (told?.moved) moved.push(told.record)
    }
    return moved
  }

  /** Receipts for what goes without having been taken. */
  function untaken(gone: readonly Gone[], why: typeof FULL, now: number): MessageRecord[] {
    const failed = gone
      .filter(({ user, seq, read }) => read === 0 && seq > (stands.get(user)?.deliveredSeq ?? 0))
      .map(({ recordId }) => ({ recordId, state: 'failed' as const, at: now, ...why }))
    return moves(failed, now)
  }

  return {
    put({ keepAtMost, ...given }: NewInboxEntry, now: number) {
      const known = byRecord.get(given.recordId)
      if (known) return { entry: toEntry(known), repeated: true, moved: [] as MessageRecord[] }
      const entry: InboxEntryRecord = { ...given, seq: nextSeq.get(given.user) as number, at: now, read: false }
      const { read: _unread, ...row } = entry
      insert.run(row)
      const displaced = displace.all(entry.user, entry.seq - keepAtMost)
      return { entry, repeated: false, moved: untaken(displaced, FULL, now) }
    },

    delivered(user: string, upTo: number, device: string, now: number): MessageRecord[] {
      const { lastSeq, deliveredSeq } = stands.get(user) ?? { lastSeq: 0, deliveredSeq: 0 }
      const to = Math.min(upTo, lastSeq)
      if (to <= deliveredSeq) return []
      const taken = recordsBetween.all(user, deliveredSeq, to)
      setDelivered.run(to, user)
      const events = taken.map((recordId) => ({ recordId, state: 'delivered' as const, at: now, detail: device }))
      return moves(events, now)
    },

    read(user: string, seqs: readonly number[], device: string, now: number) {
      const done: number[] = []
      const moved: MessageRecord[] = []
      for (const seq of seqs) {
        const recordId = setRead.get(now, user, seq)
        if (recordId === undefined) continue
        done.push(seq)
        moved.push(...moves([{ recordId, state: 'read', at: now, detail: device }], now))
      }
      return { seqs: done, moved }
    },

    expire(now: number, limit: number) {
      const gone = expire.all(now, limit)
      return { removed: gone.length, moved: untaken(gone, EXPIRED, now) }
    },
  }
}

export function inboxReads(db: Db) {
  const find = db.prepare<[number], { user: string; seq: number }>(
    'SELECT user, seq FROM inbox_entries WHERE record_id = ?',
  )
  const lastSeq = db.prepare<[string], number>('SELECT last_seq FROM inbox_users WHERE user = ?').pluck()
  const after = db.prepare<[string, number, number, number, number], Row>(
    `SELECT ${COLUMNS} FROM inbox_entries WHERE user = ? AND seq > ? AND seq <= ? AND expires_at > ? ORDER BY seq LIMIT ?`,
  )
  const readSince = db
    .prepare<[string, number], number>('SELECT seq FROM inbox_entries WHERE user = ? AND read_at >= ? ORDER BY seq')
    .pluck()
  return {
    find: (recordId: number) => find.get(recordId) ?? null,
    news: (users: readonly string[], since: number): InboxNews[] =>
      users.flatMap((user) => {
        const last = lastSeq.get(user)
        return last === undefined ? [] : [{ user, lastSeq: last, read: readSince.all(user, since) }]
      }),
    after(user: string, since: number, limit: number, now: number): InboxPage {
      // First, so that what is written between the two reads is left for the next page.
      const last = lastSeq.get(user) ?? 0
      const entries = after.all(user, since, last, now, limit).map(toEntry)
      const upTo = entries.length === limit ? (entries.at(-1)?.seq ?? last) : Math.max(last, since)
      return { entries, upTo, lastSeq: last }
    },
  }
}
