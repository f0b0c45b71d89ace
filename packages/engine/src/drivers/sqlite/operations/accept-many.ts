/**
 * Rows of messages by the fifty: SQLite takes them in a third of the time that it takes them one by one in, and their entries in
 * a sixth. What they share is bound once per statement.
 */
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { AcceptColumns } from './accept.ts'

export const AT_ONCE = 50

const places = (count: number): string => Array.from({ length: count }, () => '?').join(', ')
const rows = (columns: number): string => Array.from({ length: AT_ONCE }, () => `(${places(columns)})`).join(', ')

export interface AcceptMany {
  /** Whether the fifty from this place on are there, and of one month. */
  takes(ids: readonly number[], from: number): boolean
  /** The fifty from this place on, with their entries in the queue or among the delays. */
  insert(columns: AcceptColumns, from: number): void
}

export function createAcceptMany(db: Db, { months }: Pick<Partitions, 'months'>): AcceptMany {
  const messagesOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO messages_${month} (id, recipient, variables, template_version, channel, template_id, priority, flow,
         task_id, accepted_at, due_at, expires_at, settings_version, traceparent,
         time_zone)
       SELECT one.column1, one.column2, one.column3, one.column4, shared.*
       FROM (SELECT ${places(11)}) AS shared CROSS JOIN (VALUES ${rows(4)}) AS one`,
    ),
  )
  const entries = db.prepare(
    `INSERT INTO queue_entries (queue, priority, lane, id)
     SELECT 'message.send', shared.*, one.column1 FROM (SELECT ?, ?) AS shared CROSS JOIN (VALUES ${rows(1)}) AS one`,
  )
  const delays = db.prepare(
    `INSERT INTO queue_delays (queue, due_at, priority, lane, id)
     SELECT 'message.send', shared.*, one.column1 FROM (SELECT ?, ?, ?) AS shared CROSS JOIN (VALUES ${rows(1)}) AS one`,
  )

  return {
    takes(ids, from) {
      const last = ids[from + AT_ONCE - 1]
      return last !== undefined && messagesOf(ids[from] as number) === messagesOf(last)
    },
    insert({ shared, ids, recipients, variables, versions }, from) {
      const [lane, resident, channel, templateId, version, priority, flow, taskId, acceptedAt, dueAt] = shared
      const [expiresAt, settingsVersion, traceparent, timeZone] = shared.slice(10)
      const values: unknown[] = [channel, templateId, priority, flow, taskId, acceptedAt, dueAt, expiresAt]
      values.push(settingsVersion, traceparent, timeZone)
      const to = from + AT_ONCE
      for (let i = from; i < to; i++) values.push(ids[i], recipients[i], variables[i], versions ? versions[i] : version)
      messagesOf(ids[from] as number).run(values)
      const its = ids.slice(from, to)
      if (dueAt > acceptedAt) delays.run(dueAt, priority, lane, its)
      else if (!resident) entries.run(priority, lane, its)
    },
  }
}
