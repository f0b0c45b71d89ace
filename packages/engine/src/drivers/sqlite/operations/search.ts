/** Searching messages, newest first: month by month, as few of them as the page needs. */
import type { MessageState } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { MessageQuery } from '../../../messages/requests.ts'
import type { Db } from '../database.ts'
import { isResident } from '../partition-tables.ts'
import type { Partition, Partitions } from '../partitions.ts'
import { recipientHash } from '../recipients.ts'
import { delayedIn, RECORD_COLUMNS, recordsOf, toRecord, type RecordRow } from './rows.ts'

/** Where to look for messages in a state, what must hold there, and the id by which it is read in order. */
function sourceOf(month: string, status: MessageState | undefined): { from: string; where: string[]; id: string } {
  const joined = (ids: string) =>
    `(${ids}) q CROSS JOIN messages_${month} m ON m.id = q.id LEFT JOIN claims c ON c.id = m.id LEFT JOIN states_${month} s ON s.id = m.id`
  if (status === 'queued') {
    // What waits for a retry stands in the delays too, and is `queued`.
    const waiting = `SELECT id FROM queue_entries WHERE queue = 'message.send'
      UNION ALL SELECT d.id FROM queue_delays d CROSS JOIN states_${month} s ON s.id = d.id WHERE d.queue = 'message.send'
      UNION ALL SELECT m.id FROM messages_${month} m WHERE ${isResident(month)}`
    return { from: joined(waiting), where: [], id: 'm.id' }
  }
  if (status === 'scheduled') {
    const delayed = "SELECT id FROM queue_delays WHERE queue = 'message.send'"
    return { from: joined(delayed), where: ['s.id IS NULL'], id: 'm.id' }
  }
  if (status === 'sending') return { from: joined('SELECT id FROM claims'), where: [], id: 'm.id' }
  if (status) {
    const from = `states_${month} s CROSS JOIN messages_${month} m ON m.id = s.id LEFT JOIN claims c ON c.id = m.id`
    return { from, where: [`s.state = '${status}'`, 'c.id IS NULL'], id: 's.id' }
  }
  return { from: recordsOf(month), where: [], id: 'm.id' }
}

const FILTERS = {
  channel: 'm.channel',
  recipient: 'm.recipient',
  templateId: 'm.template_id',
  taskId: 'm.task_id',
} as const

export function searchReads(db: Db, { months }: Partitions) {
  const isDelayed = delayedIn(db)
  const segments = db.prepare<[string], { segment: number; last_id: number }>(
    'SELECT segment, last_id FROM recipient_segments WHERE month = ? ORDER BY last_id DESC',
  )
  const taskRange = db.prepare<[number], { first_id: number | null; last_id: number | null }>(
    'SELECT first_id, last_id FROM tasks WHERE id = ?',
  )

  type Found = Record<string, unknown> & { limit: number }
  /** Prepared for all pages of one query. */
  function inMonth({ name }: Partition, query: MessageQuery, also: string[]): (given: Found) => MessageRecord[] {
    const { from, where, id } = sourceOf(name, query.status)
    for (const [filter, column] of Object.entries(FILTERS)) {
      if (query[filter as keyof typeof FILTERS] !== undefined) where.push(`${column} = @${filter}`)
    }
    if (query.before !== undefined) where.push(`${id} < @before`)
    where.push(...also)
    const sql = `SELECT ${RECORD_COLUMNS} FROM ${from} ${where.length ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY ${id} DESC LIMIT @limit`
    const found = db.prepare<[object], RecordRow>(sql)
    return (given) => found.all(given).map((row) => toRecord(row, isDelayed))
  }

  /** Ids of a month whose recipient has this hash, newest first: from the segments, and of those no segment holds yet. */
  function* idsTo(
    { name, from, to }: Partition,
    recipient: string,
    recent: readonly number[],
    before: number,
  ): Generator<number> {
    const hash = recipientHash(recipient)
    const ofSegment = db
      .prepare<[number, number, number], number>(
        `SELECT id FROM recipients_${name} WHERE segment = ? AND hash = ? AND id < ? ORDER BY id DESC`,
      )
      .pluck()
    let found = recent.filter((id) => id >= from && id < to && id < before)
    for (const { segment, last_id } of segments.all(name)) {
      // What is newer than everything still to be read is next; segments overlap by little, if at all.
      found.sort((a, b) => b - a)
      const newer = found.findIndex((id) => id <= last_id)
      yield* found.splice(0, newer < 0 ? found.length : newer)
      found = [...found, ...ofSegment.all(segment, hash, before)]
    }
    yield* found.sort((a, b) => b - a)
  }

  function toRecipient(
    partition: Partition,
    query: MessageQuery & { recipient: string },
    recent: readonly number[],
    limit: number,
  ): MessageRecord[] {
    const records: MessageRecord[] = []
    const withId = inMonth(partition, query, ['m.id = @id'])
    let last = 0
    for (const id of idsTo(partition, query.recipient, recent, query.before ?? Number.MAX_SAFE_INTEGER)) {
      if (id === last) continue
      last = id
      records.push(...withId({ ...query, id, limit: 1 }))
      if (records.length === limit) break
    }
    return records
  }

  return {
    /** `recent`: what the writer knows of the recipient and no segment holds yet. */
    search: db.transaction((query: MessageQuery, recent: readonly number[]): MessageRecord[] => {
      const { recipient, taskId, before } = query
      const range = taskId === undefined ? undefined : taskRange.get(taskId)
      const also = range ? [`m.id BETWEEN ${range.first_id ?? 0} AND ${range.last_id ?? 0}`] : []
      const found: MessageRecord[] = []
      for (const partition of months.list()) {
        if (before !== undefined && partition.from >= before) continue
        const left = query.limit - found.length
        if (left === 0) break
        found.push(
          ...(recipient === undefined
            ? inMonth(partition, query, also)({ ...query, limit: left })
            : toRecipient(partition, { ...query, recipient }, recent, left)),
        )
      }
      return found
    }) as (query: MessageQuery, recent: readonly number[]) => MessageRecord[],
  }
}
