/**
 * The first migration: the tables of folders of version 1. Where it reads like `partition-tables.ts`, it stays as it is when
 * those tables change.
 */

const messages = `
CREATE TABLE messages (
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
  traceparent TEXT
) STRICT;
CREATE INDEX messages_by_recipient ON messages (recipient, id);
CREATE INDEX messages_by_task ON messages (task_id, id) WHERE task_id IS NOT NULL;

CREATE TABLE message_states (
  id INTEGER PRIMARY KEY,
  state TEXT NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  attempt_base INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL DEFAULT 0,
  service_id INTEGER,
  provider_id TEXT,
  receipt TEXT,
  pending_reason TEXT,
  due_at INTEGER,
  expires_at INTEGER,
  error_code TEXT,
  error_message TEXT,
  claimed_at INTEGER,
  finished_at INTEGER,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX message_states_exceptions ON message_states (state, id)
  WHERE state IN ('sending', 'failed', 'unknown', 'expired', 'cancelled');

CREATE TABLE queue_entries (
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  lane TEXT NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (queue, priority, lane, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE queue_delays (
  due_at INTEGER NOT NULL,
  id INTEGER NOT NULL,
  queue TEXT NOT NULL,
  priority INTEGER NOT NULL,
  lane TEXT NOT NULL,
  PRIMARY KEY (due_at, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
  key TEXT PRIMARY KEY,
  body_hash TEXT NOT NULL,
  reply TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE tasks (
  id INTEGER PRIMARY KEY,
  template_id INTEGER NOT NULL,
  channel TEXT NOT NULL,
  total INTEGER NOT NULL,
  priority INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  first_claimed_at INTEGER,
  wait_ms_sum INTEGER NOT NULL DEFAULT 0,
  wait_count INTEGER NOT NULL DEFAULT 0,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE task_counts (
  task_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (task_id, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY,
  queue TEXT NOT NULL,
  payload TEXT NOT NULL,
  priority INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  failed_at INTEGER,
  error TEXT,
  created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE trace_attempts (
  message_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  nodes TEXT NOT NULL,
  PRIMARY KEY (message_id, attempt)
) STRICT, WITHOUT ROWID;
CREATE TABLE trace_receipts (
  message_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  code TEXT,
  detail TEXT,
  PRIMARY KEY (message_id, at, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept_messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  record_id INTEGER NOT NULL,
  channel TEXT NOT NULL,
  service_id INTEGER NOT NULL,
  recipient TEXT NOT NULL,
  subject TEXT,
  text TEXT NOT NULL,
  html TEXT,
  kept_at INTEGER NOT NULL
) STRICT;

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  record_id INTEGER,
  detail TEXT
) STRICT;

CREATE VIEW message_records AS
  SELECT m.id AS record_id, s.state AS status, m.channel, m.recipient, m.template_id, m.template_version, m.variables,
    m.priority, m.flow, m.task_id, s.attempt, s.service_id, s.provider_id, s.pending_reason,
    coalesce(s.due_at, m.due_at) AS due_at, coalesce(s.expires_at, m.expires_at) AS expires_at, s.error_code, s.error_message, m.accepted_at AS created_at,
    s.claimed_at, s.finished_at, s.updated_at
  FROM message_states s CROSS JOIN messages m ON m.id = s.id
  UNION ALL
  SELECT m.id, 'queued', m.channel, m.recipient, m.template_id, m.template_version, m.variables,
    m.priority, m.flow, m.task_id, 0, NULL, NULL, NULL, m.due_at, m.expires_at, NULL, NULL, m.accepted_at,
    NULL, NULL, m.accepted_at
  FROM queue_entries q CROSS JOIN messages m ON m.id = q.id
  WHERE NOT EXISTS (SELECT 1 FROM message_states s WHERE s.id = m.id)
  UNION ALL
  SELECT m.id, 'scheduled', m.channel, m.recipient, m.template_id, m.template_version, m.variables,
    m.priority, m.flow, m.task_id, 0, NULL, NULL, 'delay', m.due_at, m.expires_at, NULL, NULL, m.accepted_at,
    NULL, NULL, m.accepted_at
  FROM queue_delays d CROSS JOIN messages m ON m.id = d.id
  WHERE NOT EXISTS (SELECT 1 FROM message_states s WHERE s.id = m.id);
`

/** Statistics: written in the transaction of what they count. `state` may be `accepted`, booked when it was accepted. */
const statistics = `
CREATE TABLE state_counts (
  channel TEXT NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (channel, state)
) STRICT, WITHOUT ROWID;
${['stats_minutes', 'stats_hours']
  .map(
    (table) => `
CREATE TABLE ${table} (
  at INTEGER NOT NULL,
  channel TEXT NOT NULL,
  service_id INTEGER NOT NULL,
  template_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  duration_ms_sum REAL NOT NULL,
  response_count INTEGER NOT NULL,
  response_ms_sum REAL NOT NULL,
  histogram TEXT NOT NULL,
  PRIMARY KEY (at, channel, service_id, template_id, state)
) STRICT, WITHOUT ROWID;`,
  )
  .join('')}
`

const catalogue = `
CREATE TABLE templates (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  channel TEXT NOT NULL,
  format TEXT NOT NULL,
  subject TEXT,
  content TEXT NOT NULL,
  variables TEXT NOT NULL,
  status TEXT NOT NULL,
  version INTEGER NOT NULL,
  has_draft INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE template_versions (
  template_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  format TEXT NOT NULL,
  subject TEXT,
  content TEXT NOT NULL,
  variables TEXT NOT NULL,
  note TEXT,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (template_id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE template_uses (
  template_id INTEGER PRIMARY KEY
) STRICT;
CREATE TABLE services (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  channel TEXT NOT NULL,
  adapter TEXT NOT NULL,
  settings TEXT NOT NULL,
  priority INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE TABLE locks (
  key TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  fence INTEGER NOT NULL,
  lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`

const SETTINGS_TABLES = ['thread_pool_configs', 'rate_limit_configs', 'system_config'] as const

/** Not STRICT: operators write these by hand, and what they write is checked when it is read, not refused by SQLite. */
const settings = `
CREATE TABLE thread_pool_configs (
  pool_name TEXT PRIMARY KEY,
  core_pool_size INTEGER NOT NULL,
  max_pool_size INTEGER NOT NULL,
  scale_up_threshold REAL NOT NULL,
  scale_down_threshold REAL NOT NULL,
  queue_capacity INTEGER NOT NULL
);
CREATE TABLE rate_limit_configs (
  resource TEXT NOT NULL,
  limit_type TEXT NOT NULL,
  max_value INTEGER NOT NULL,
  window_seconds REAL NOT NULL DEFAULT 1,
  enabled INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (resource, limit_type)
);
CREATE TABLE system_config (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  category TEXT NOT NULL,
  description TEXT NOT NULL,
  value_type TEXT NOT NULL,
  constraints TEXT
);
CREATE TABLE settings_revision (revision INTEGER NOT NULL);
INSERT INTO settings_revision VALUES (1);
${SETTINGS_TABLES.flatMap((table) =>
  ['INSERT', 'UPDATE', 'DELETE'].map(
    (event) =>
      `CREATE TRIGGER ${table}_${event.toLowerCase()} AFTER ${event} ON ${table} BEGIN UPDATE settings_revision SET revision = revision + 1; END;`,
  ),
).join('\n')}
`

export const VERSION_1 = messages + statistics + catalogue + settings
