/** Migration 2: messages and their states by month, traces by day, claims and what waits in memory in places of their own. */
import type { TraceNode } from '../../tracer/trace.ts'
import type { Db } from './database.ts'
import { recordsView } from './partition-tables.ts'
import { encodeNodes } from '../shared/nodes.ts'
import { openPartitions, type Partition, type PartitionSeries } from './partitions.ts'
import { recipientHash, SEGMENT } from './recipients.ts'

const TABLES = `
CREATE TABLE partitions (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  from_key INTEGER NOT NULL,
  to_key INTEGER NOT NULL,
  retired INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE recipient_segments (
  month TEXT NOT NULL,
  segment INTEGER NOT NULL,
  first_id INTEGER NOT NULL,
  last_id INTEGER NOT NULL,
  PRIMARY KEY (month, segment)
) STRICT, WITHOUT ROWID;
CREATE TABLE claims (
  id INTEGER PRIMARY KEY,
  fence INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  service_id INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  receipt TEXT
) STRICT;
CREATE TABLE resident_mark (id INTEGER NOT NULL);
INSERT INTO resident_mark SELECT coalesce(max(id), 0) + 1 FROM messages;

CREATE TABLE counts_by_month (
  month TEXT NOT NULL,
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (month, channel, state)
) STRICT, WITHOUT ROWID;
ALTER TABLE tasks ADD COLUMN first_id INTEGER;
ALTER TABLE tasks ADD COLUMN last_id INTEGER;
UPDATE tasks SET first_id = (SELECT min(id) FROM messages WHERE task_id = tasks.id),
  last_id = (SELECT max(id) FROM messages WHERE task_id = tasks.id);
DROP VIEW message_records;
`

const LEFTOVERS = `
DROP TABLE state_counts;
ALTER TABLE counts_by_month RENAME TO state_counts;
DROP TABLE messages;
DROP TABLE message_states;
DROP TABLE trace_attempts;
DROP TABLE trace_receipts;
`

/** Messages whose traces are moved at a time: bounds the memory. */
const PAGE = 10_000

const MOVED_MESSAGES = `id, channel, recipient, template_id, template_version, variables, priority, flow, task_id, accepted_at,
  due_at, expires_at, settings_version, traceparent`
const MOVED_STATES = `id, state, attempt, attempt_base, fence, service_id, provider_id, pending_reason, due_at, expires_at, error_code,
  error_message, claimed_at, finished_at, updated_at`

export function moveIntoPartitions(db: Db): void {
  db.exec(TABLES)
  const { months, days } = openPartitions(db)
  const made = (_: string, partition: Partition) => partition
  const month = months.writing(made)
  db.exec(recordsView([]))
  const next = db.prepare<[number], number | null>('SELECT min(id) FROM messages WHERE id >= ?').pluck()
  for (let id = next.get(0); typeof id === 'number';) {
    const { name, from, to } = month(id)
    db.prepare(
      `INSERT INTO messages_${name} (${MOVED_MESSAGES}) SELECT ${MOVED_MESSAGES} FROM messages WHERE id >= ? AND id < ?`,
    ).run(from, to)
    db.prepare(
      `INSERT INTO states_${name} (${MOVED_STATES}) SELECT ${MOVED_STATES} FROM message_states WHERE id >= ? AND id < ?`,
    ).run(from, to)
    db.prepare(
      `INSERT INTO counts_by_month SELECT ?, m.channel, coalesce(s.state, CASE WHEN d.id IS NULL THEN 'queued' ELSE 'scheduled' END), count(*)
       FROM messages_${name} m LEFT JOIN states_${name} s ON s.id = m.id
         LEFT JOIN queue_delays d ON d.due_at = m.due_at AND d.id = m.id
       GROUP BY 2, 3`,
    ).run(name)
    db.prepare(
      `INSERT INTO counts_by_month SELECT ?, channel, 'accepted', count(*) FROM messages_${name} GROUP BY channel`,
    ).run(name)
    indexRecipients(db, name)
    id = next.get(to)
  }
  db.exec(
    `INSERT INTO claims SELECT id, fence, attempt, coalesce(service_id, 0), coalesce(claimed_at, updated_at), receipt
     FROM message_states WHERE state = 'sending'`,
  )
  moveTraces(db, days)
  db.exec(LEFTOVERS)
}

/** A page of messages at a time: their traces stand under the day of their last write. */
function moveTraces(db: Db, days: PartitionSeries): void {
  const page = (table: string) =>
    db
      .prepare<[number, number], number>(
        `SELECT DISTINCT message_id FROM ${table} WHERE message_id > ? ORDER BY message_id LIMIT ?`,
      )
      .pluck()
  const writtenAt = db.prepare<[number], number>('SELECT updated_at FROM message_states WHERE id = ?').pluck()
  const attempts = db.prepare<[number], { attempt: number; nodes: string }>(
    'SELECT attempt, nodes FROM trace_attempts WHERE message_id = ?',
  )
  const insertNodesOf = days.writing((day) => db.prepare(`INSERT INTO traces_${day} VALUES (?, ?, ?)`))
  const moveReceiptsOf = days.writing((day) =>
    db.prepare(`INSERT INTO receipts_${day} SELECT * FROM trace_receipts WHERE message_id = ?`),
  )
  function eachOf(table: string, move: (id: number) => void): void {
    const pageOf = page(table)
    for (let ids = pageOf.all(0, PAGE); ids.length > 0; ids = pageOf.all(ids.at(-1) as number, PAGE)) ids.forEach(move)
  }
  eachOf('trace_attempts', (id) => {
    const insert = insertNodesOf(writtenAt.get(id) ?? 0)
    for (const { attempt, nodes } of attempts.all(id)) insert.run(id, attempt, encodeNodes(formerNodes(nodes)))
  })
  eachOf('trace_receipts', (id) => moveReceiptsOf(writtenAt.get(id) ?? 0).run(id))
}

/** Segments as `recipients.ts` writes them, so that the first start need not read everything back. What is left over it reads. */
function indexRecipients(db: Db, month: string): void {
  const page = db.prepare<[number, number], { id: number; recipient: string }>(
    `SELECT id, recipient FROM messages_${month} WHERE id > ? ORDER BY id LIMIT ?`,
  )
  const insert = db.prepare(`INSERT INTO recipients_${month} VALUES (?, ?, ?)`)
  const finish = db.prepare('INSERT INTO recipient_segments (month, segment, first_id, last_id) VALUES (?, ?, ?, ?)')
  let after = 0
  for (let segment = 1; ; segment++) {
    const rows = page.all(after, SEGMENT).map(({ id, recipient }) => ({ id, hash: recipientHash(recipient) }))
    if (rows.length < SEGMENT) return
    const first = rows[0]?.id
    after = rows.at(-1)?.id ?? after
    for (const { id, hash } of rows.sort((a, b) => a.hash - b.hash || a.id - b.id)) insert.run(segment, hash, id)
    finish.run(month, segment, first, after)
  }
}

/** Nodes as version 1 kept them: an array per node, in the order of `TraceNode`'s fields. */
function formerNodes(text: string): TraceNode[] {
  type Former = [
    TraceNode['name'],
    number,
    number,
    number | null,
    TraceNode['status'],
    string | null,
    number | null,
    string | null,
    string | null,
  ]
  return (JSON.parse(text) as Former[]).map(
    ([name, attempt, startedAt, finishedAt, status, worker, serviceId, errorCode, error]) => ({
      name,
      attempt,
      startedAt,
      finishedAt,
      status,
      worker,
      serviceId,
      errorCode,
      error,
    }),
  )
}
