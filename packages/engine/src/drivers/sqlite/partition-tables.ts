/**
 * The tables of one partition, and the view over all of them that operators query.
 *
 * Shape: the row of a message never changes. Its result goes to the states of the same month (one narrow row, written when
 * an attempt ends or an operator acts); what is being sent stands in `claims`, what waits in `queue_entries` or
 * `queue_delays`, or, while the engine has it in memory and it is younger than `resident_mark`, nowhere else at all.
 */
import type { MessageState } from '@signalbox/contracts'

/**
 * States that few messages are in for long. Each has an index of its own: SQLite takes a partial one only for a condition
 * that says the same, word for word, as operators' statements do.
 */
export const EXCEPTIONS: readonly MessageState[] = ['failed', 'unknown', 'expired', 'cancelled']

export function monthTables(month: string): { create: string; names: string[] } {
  return {
    names: [`messages_${month}`, `states_${month}`, `recipients_${month}`],
    create: `
CREATE TABLE messages_${month} (
  id INTEGER PRIMARY KEY,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  template_id INTEGER NOT NULL,
  template_version INTEGER NOT NULL,
  variables TEXT NOT NULL,
  priority INTEGER NOT NULL,
  flow TEXT NOT NULL,
  task_id INTEGER,
  accepted_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  expires_at INTEGER,
  settings_version INTEGER NOT NULL,
  traceparent TEXT,
  time_zone TEXT
) STRICT;

CREATE TABLE states_${month} (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  attempt_base INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  service_id INTEGER,
  provider_id TEXT,
  pending_reason TEXT,
  due_at INTEGER,
  expires_at INTEGER,
  error_code TEXT,
  error_message TEXT,
  claimed_at INTEGER,
  finished_at INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;
${EXCEPTIONS.map((state) => `CREATE INDEX states_${month}_${state} ON states_${month} (id) WHERE state = '${state}';`).join('\n')}

CREATE TABLE recipients_${month} (
  segment INTEGER NOT NULL,
  hash INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (segment, hash, id)
) STRICT, WITHOUT ROWID;`,
  }
}

export function dayTables(day: string): { create: string; names: string[] } {
  return {
    names: [`traces_${day}`, `receipts_${day}`],
    create: `
CREATE TABLE traces_${day} (
  message_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  nodes TEXT NOT NULL,
  PRIMARY KEY (message_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipts_${day} (
  message_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  detail TEXT,
  PRIMARY KEY (message_id, at, state)
) STRICT, WITHOUT ROWID;`,
  }
}

const MESSAGE_COLUMNS = `m.channel, m.recipient, m.template_id, m.template_version, m.variables, m.priority, m.flow, m.task_id`
/** Of a message that nothing has happened to. */
const untouched = (state: string, reason: string) =>
  `m.id, '${state}', ${MESSAGE_COLUMNS}, 0, NULL, NULL, ${reason}, m.due_at, m.expires_at, NULL, NULL, m.accepted_at, NULL, NULL, m.accepted_at`
const hasNoState = (month: string) => `NOT EXISTS (SELECT 1 FROM states_${month} s WHERE s.id = m.id)`

/** Waits in memory alone: younger than the mark, and in no other place. */
export const isResident = (month: string): string => `m.id >= (SELECT id FROM resident_mark) AND ${hasNoState(month)}
    AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = m.id)
    AND NOT EXISTS (SELECT 1 FROM queue_delays d WHERE d.due_at = m.due_at AND d.id = m.id)
    AND NOT EXISTS (SELECT 1 FROM queue_entries q WHERE q.queue = 'message.send' AND q.priority = m.priority
      AND q.lane = m.channel || '/' || m.flow AND q.id = m.id)`

const recordsOf = (month: string) => `
  SELECT m.id, s.state, ${MESSAGE_COLUMNS}, s.attempt, s.service_id, s.provider_id, s.pending_reason,
    coalesce(s.due_at, m.due_at), coalesce(s.expires_at, m.expires_at), s.error_code, s.error_message, m.accepted_at,
    s.claimed_at, s.finished_at, s.updated_at
  FROM states_${month} s CROSS JOIN messages_${month} m ON m.id = s.id
  UNION ALL
  SELECT m.id, 'sending', ${MESSAGE_COLUMNS}, c.attempt, c.service_id, NULL, NULL, m.due_at, m.expires_at, NULL, NULL,
    m.accepted_at, c.claimed_at, NULL, c.claimed_at
  FROM claims c CROSS JOIN messages_${month} m ON m.id = c.id WHERE ${hasNoState(month)}
  UNION ALL
  SELECT ${untouched('queued', 'NULL')} FROM queue_entries q CROSS JOIN messages_${month} m ON m.id = q.id WHERE ${hasNoState(month)}
  UNION ALL
  SELECT ${untouched('scheduled', "'delay'")} FROM queue_delays d CROSS JOIN messages_${month} m ON m.id = d.id WHERE ${hasNoState(month)}
  UNION ALL
  SELECT ${untouched('queued', 'NULL')} FROM messages_${month} m WHERE ${isResident(month)}`

const NAMES = `record_id, status, channel, recipient, template_id, template_version, variables, priority, flow, task_id, attempt, service_id, provider_id, pending_reason, due_at, expires_at, error_code, error_message, created_at, claimed_at, finished_at, updated_at`

/** SQLite joins up to 500 selections: five of each month. */
const MONTHS_IN_VIEW = 100

/** `message_records` anew, over these months, newest first. What is older than the longest retention may be missing in it. */
export function recordsView(months: readonly string[]): string {
  const none = `SELECT ${NAMES.split(', ')
    .map(() => 'NULL')
    .join(', ')} WHERE 0`
  const selections = months.length === 0 ? [none] : months.slice(0, MONTHS_IN_VIEW).map(recordsOf)
  return `DROP VIEW IF EXISTS message_records;
CREATE VIEW message_records (${NAMES}) AS ${selections.join('\n  UNION ALL')};`
}
