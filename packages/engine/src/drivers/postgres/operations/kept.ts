import type { KeptRecord } from '../../../messages/kept.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'

type Text = string | null
const insert = statement<[number, string, number, string, Text, string, Text, Text, number]>(
  `INSERT INTO kept_messages (record_id, channel, service_id, recipient, subject, text, html, fields, kept_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)
const newest = statement<[Text, number], KeptRecord>(
  `SELECT ${camel('record_id, channel, service_id, recipient, subject, text, html, fields, kept_at')} FROM kept_messages
   WHERE $1::text IS NULL OR channel = $1 ORDER BY id DESC LIMIT $2`,
)

export async function keep(db: Db, message: KeptRecord): Promise<void> {
  const { recordId, channel, serviceId, recipient, subject, text, html, fields, keptAt } = message
  const json = fields && JSON.stringify(fields)
  await db.run(insert, recordId, channel, serviceId, recipient, subject, text, html, json, keptAt)
}

export const listKept = ({ db }: Reader, { channel = '', limit }: { channel?: string | undefined; limit: number }) =>
  db.all(newest, channel || null, limit)
