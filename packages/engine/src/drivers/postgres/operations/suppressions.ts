import type { Channel } from '@signalbox/contracts'
import type { Lift, NewSuppression, SuppressionQuery, SuppressionRecord } from '../../../suppressions/store.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'
import { insertAudit } from './moves.ts'

const COLUMNS = camel('id, channel, recipient, purpose, reason, detail, record_id, created_at')

const standing = statement<[string, string, string, string], SuppressionRecord>(
  `SELECT ${COLUMNS} FROM suppressions WHERE recipient = $1 AND channel = $2 AND purpose = $3 AND reason = $4 FOR KEY SHARE`,
)
const insert = statement<[string, string, string, string, string | null, number | null, number], SuppressionRecord>(
  `INSERT INTO suppressions (recipient, channel, purpose, reason, detail, record_id, created_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING ${COLUMNS}`,
)
const remove = statement<[number], SuppressionRecord>(`DELETE FROM suppressions WHERE id = $1 RETURNING ${COLUMNS}`)
const ofRecipient = statement<[string, string], SuppressionRecord>(
  `SELECT ${COLUMNS} FROM suppressions WHERE recipient = $1 AND channel = $2 ORDER BY id FOR UPDATE`,
)

/** Without the recipient: the log is read by more people than the list, and kept for longer. */
function note({ id, channel, reason, purpose }: SuppressionRecord, more: string | null): string {
  const what = `suppression ${id}: ${channel}, ${reason}, stops ${purpose}`
  return more === null ? what : `${what}: ${more}`
}

export function suppressionOperations(db: Db) {
  return {
    async add(suppression: NewSuppression): Promise<{ record: SuppressionRecord; added: boolean }> {
      const { recipient, channel, purpose, reason, detail, recordId, createdAt } = suppression
      const values = [recipient, channel, purpose, reason, detail, recordId, createdAt] as const
      const record = await db.one(insert, ...values)
      if (!record) {
        const before = (await db.one(standing, recipient, channel, purpose, reason)) as SuppressionRecord
        return { record: before, added: false }
      }
      await db.run(insertAudit, createdAt, 'suppress', recordId, note(record, detail))
      return { record, added: true }
    },
    async remove(id: number, now: number): Promise<SuppressionRecord | null> {
      const record = await db.one(remove, id)
      if (record) await db.run(insertAudit, now, 'lift suppression', record.recordId, note(record, null))
      return record
    },
    async lift({ channel, recipient, reasons, recordId, detail, now }: Lift): Promise<SuppressionRecord[]> {
      const lifted = (await db.all(ofRecipient, recipient, channel)).filter(({ reason }) => reasons.includes(reason))
      for (const record of lifted) {
        await db.one(remove, record.id)
        await db.run(insertAudit, now, 'lift suppression', recordId ?? record.recordId, note(record, detail))
      }
      return lifted
    },
  }
}

const byId = statement<[number], SuppressionRecord>(`SELECT ${COLUMNS} FROM suppressions WHERE id = $1`)
const listed = statement<[string | null, string | null, string | null, number, number], SuppressionRecord>(
  `SELECT ${COLUMNS} FROM suppressions WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR recipient = $2)
     AND ($3::text IS NULL OR reason = $3) AND id < $4 ORDER BY id DESC LIMIT $5`,
)
const recipients = statement<[number, number], Pick<SuppressionRecord, 'id' | 'channel' | 'recipient'>>(
  'SELECT id, channel, recipient FROM suppressions WHERE id > $1 ORDER BY id LIMIT $2',
)

export function suppressionReads({ db, searches }: Reader) {
  return {
    get: (id: number) => db.one(byId, id),
    of: (channel: Channel, recipient: string) => db.all(ofRecipient, recipient, channel),
    list: ({ channel, recipient, reason, before = Number.MAX_SAFE_INTEGER, limit }: SuppressionQuery) =>
      searches.all(listed, channel ?? null, recipient ?? null, reason ?? null, before, limit),
    recipients: (after: number, limit: number) => searches.all(recipients, after, limit),
  }
}
