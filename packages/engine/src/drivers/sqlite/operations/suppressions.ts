import type { Channel } from '@signalbox/contracts'
import type { Lift, NewSuppression, SuppressionQuery, SuppressionRecord } from '../../../suppressions/store.ts'
import type { Db } from '../database.ts'

const COLUMNS = 'id, channel, recipient, purpose, reason, detail, record_id AS recordId, created_at AS createdAt'

export function suppressionOperations(db: Db) {
  const standing = db.prepare<[object], SuppressionRecord>(
    `SELECT ${COLUMNS} FROM suppressions
     WHERE recipient = @recipient AND channel = @channel AND purpose = @purpose AND reason = @reason`,
  )
  const insert = db.prepare<[object], SuppressionRecord>(
    `INSERT INTO suppressions (channel, recipient, purpose, reason, detail, record_id, created_at)
     VALUES (@channel, @recipient, @purpose, @reason, @detail, @recordId, @createdAt) RETURNING ${COLUMNS}`,
  )
  const remove = db.prepare<[number], SuppressionRecord>(`DELETE FROM suppressions WHERE id = ? RETURNING ${COLUMNS}`)
  const ofRecipient = db.prepare<[string, Channel], SuppressionRecord>(
    `SELECT ${COLUMNS} FROM suppressions WHERE recipient = ? AND channel = ?`,
  )
  const audit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, ?, ?)')

  /** Without the recipient: the log is read by more people than the list, and kept for longer. */
  function note({ id, channel, reason, purpose }: SuppressionRecord, more: string | null): string {
    const what = `suppression ${id}: ${channel}, ${reason}, stops ${purpose}`
    return more === null ? what : `${what}: ${more}`
  }

  return {
    add(suppression: NewSuppression): { record: SuppressionRecord; added: boolean } {
      const before = standing.get(suppression)
      if (before) return { record: before, added: false }
      const record = insert.get(suppression) as SuppressionRecord
      audit.run(record.createdAt, 'suppress', record.recordId, note(record, record.detail))
      return { record, added: true }
    },
    remove(id: number, now: number): SuppressionRecord | null {
      const record = remove.get(id)
      if (!record) return null
      audit.run(now, 'lift suppression', record.recordId, note(record, null))
      return record
    },
    lift({ channel, recipient, reasons, recordId, detail, now }: Lift): SuppressionRecord[] {
      const lifted = ofRecipient.all(recipient, channel).filter(({ reason }) => reasons.includes(reason))
      for (const record of lifted) {
        remove.get(record.id)
        audit.run(now, 'lift suppression', recordId ?? record.recordId, note(record, detail))
      }
      return lifted
    },
  }
}

export function suppressionReads(db: Db) {
  const byId = db.prepare<[number], SuppressionRecord>(`SELECT ${COLUMNS} FROM suppressions WHERE id = ?`)
  const ofRecipient = db.prepare<[string, Channel], SuppressionRecord>(
    `SELECT ${COLUMNS} FROM suppressions WHERE recipient = ? AND channel = ? ORDER BY id`,
  )
  const recipients = db.prepare<[number, number], Pick<SuppressionRecord, 'id' | 'channel' | 'recipient'>>(
    'SELECT id, channel, recipient FROM suppressions WHERE id > ? ORDER BY id LIMIT ?',
  )
  const CONDITIONS = { channel: 'channel = @channel', recipient: 'recipient = @recipient', reason: 'reason = @reason' }

  return {
    get: (id: number): SuppressionRecord | null => byId.get(id) ?? null,
    of: (channel: Channel, recipient: string): SuppressionRecord[] => ofRecipient.all(recipient, channel),
    list(query: SuppressionQuery): SuppressionRecord[] {
      const asked = (['channel', 'recipient', 'reason'] as const).filter((field) => query[field] !== undefined)
      const where = [...asked.map((field) => CONDITIONS[field]), 'id < @before'].join(' AND ')
      return db
        .prepare<[object], SuppressionRecord>(
          `SELECT ${COLUMNS} FROM suppressions WHERE ${where} ORDER BY id DESC LIMIT @limit`,
        )
        .all({ ...query, before: query.before ?? Number.MAX_SAFE_INTEGER })
    },
    recipients: (after: number, limit: number) => recipients.all(after, limit),
  }
}
