/**
 * Messages, as the first step made them (`nodes.ts` goes on). The row of a message never changes: its result goes to `states`, of the same month (one narrow row, written when
 * an attempt ends or an operator acts); what is being sent stands in `claims`, what waits in `queue_entries` or
 * `queue_delays`, or, while the engine has it in memory and it is younger than `resident_mark`, nowhere else at all.
 *
 * Partitions are made when they are first written to: months of `messages` and `states` by id, days of `traces` and
 * `receipts` by the day of the write.
 */

/** Rows that come and go with every message: their dead ones are taken away by number, not by share. */
const CHURNED = 'WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000)'

export const MESSAGES = `
CREATE TABLE messages (
  id bigint PRIMARY KEY,
  channel text NOT NULL,
  recipient text NOT NULL,
  template_id bigint NOT NULL,
  template_version integer NOT NULL,
  variables text NOT NULL,
  priority smallint NOT NULL,
  flow text NOT NULL,
  task_id bigint,
  accepted_at bigint NOT NULL,
  due_at bigint NOT NULL,
  expires_at bigint,
  settings_version bigint NOT NULL,
  traceparent text,
  time_zone text
) PARTITION BY RANGE (id);
CREATE INDEX messages_by_recipient ON messages (recipient, id);

CREATE TABLE states (
  id bigint PRIMARY KEY,
  state text NOT NULL,
  attempt integer NOT NULL DEFAULT 0,
  attempt_base integer NOT NULL DEFAULT 0,
  fence integer NOT NULL DEFAULT 0,
  service_id bigint,
  provider_id text,
  pending_reason text,
  due_at bigint,
  expires_at bigint,
  error_code text,
  error_message text,
  claimed_at bigint,
  finished_at bigint,
  updated_at bigint NOT NULL
) PARTITION BY RANGE (id);
CREATE INDEX states_exceptions ON states (state, id) WHERE state IN ('failed', 'unknown', 'expired', 'cancelled');

CREATE TABLE claims (
  id bigint PRIMARY KEY,
  fence integer NOT NULL,
  attempt integer NOT NULL,
  service_id bigint NOT NULL,
  claimed_at bigint NOT NULL,
  receipt text
) ${CHURNED};

CREATE TABLE queue_entries (
  queue text NOT NULL,
  priority smallint NOT NULL,
  lane text NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (queue, priority, lane, id)
) ${CHURNED};

CREATE TABLE queue_delays (
  id bigint PRIMARY KEY,
  due_at bigint NOT NULL,
  queue text NOT NULL,
  priority smallint NOT NULL,
  lane text NOT NULL,
  held_for text
) ${CHURNED};
CREATE INDEX queue_delays_due ON queue_delays (due_at, id);
CREATE INDEX queue_delays_held ON queue_delays (held_for, due_at) WHERE held_for IS NOT NULL;

CREATE TABLE resident_mark (id bigint NOT NULL);
INSERT INTO resident_mark VALUES (0);

CREATE TABLE traces (
  message_id bigint NOT NULL,
  attempt integer NOT NULL,
  day bigint NOT NULL,
  nodes text NOT NULL,
  PRIMARY KEY (message_id, attempt, day)
) PARTITION BY RANGE (day);

CREATE TABLE receipts (
  message_id bigint NOT NULL,
  at bigint NOT NULL,
  state text NOT NULL,
  day bigint NOT NULL,
  code text,
  detail text,
  PRIMARY KEY (message_id, at, state, day)
) PARTITION BY RANGE (day);

CREATE TABLE idempotency_keys (
  key text PRIMARY KEY,
  body_hash text NOT NULL,
  reply text NOT NULL,
  created_at bigint NOT NULL
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

CREATE TABLE tasks (
  id bigint PRIMARY KEY,
  template_id bigint NOT NULL,
  channel text NOT NULL,
  total integer NOT NULL,
  priority smallint NOT NULL,
  created_at bigint NOT NULL,
  first_claimed_at bigint,
  wait_ms_sum bigint NOT NULL DEFAULT 0,
  wait_count bigint NOT NULL DEFAULT 0,
  updated_at bigint NOT NULL,
  first_id bigint NOT NULL,
  last_id bigint NOT NULL
);
CREATE TABLE task_counts (
  task_id bigint NOT NULL,
  state text NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (task_id, state)
);

CREATE TABLE jobs (
  id bigint PRIMARY KEY,
  queue text NOT NULL,
  payload text NOT NULL,
  priority smallint NOT NULL,
  attempt integer NOT NULL DEFAULT 0,
  failed_at bigint,
  error text,
  created_at bigint NOT NULL
);

CREATE TABLE kept_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  record_id bigint NOT NULL,
  channel text NOT NULL,
  service_id bigint NOT NULL,
  recipient text NOT NULL,
  subject text,
  text text NOT NULL,
  html text,
  fields json,
  kept_at bigint NOT NULL
);

CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  action text NOT NULL,
  record_id bigint,
  detail text
);

CREATE TABLE bulk_actions (
  id bigint PRIMARY KEY,
  action text NOT NULL,
  filter json NOT NULL,
  note text NOT NULL,
  by text,
  state text NOT NULL,
  total integer NOT NULL,
  moved integer NOT NULL DEFAULT 0,
  skipped integer NOT NULL DEFAULT 0,
  next_before bigint,
  started_at bigint NOT NULL,
  finished_at bigint,
  problem text,
  undoes bigint,
  undone boolean NOT NULL DEFAULT false,
  interruptions integer NOT NULL DEFAULT 0
);
CREATE TABLE bulk_moved (
  action_id bigint NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (action_id, id)
);
CREATE TABLE message_views (
  key text PRIMARY KEY,
  name text NOT NULL,
  query text NOT NULL
);

CREATE TABLE message_looks (
  record_id bigint NOT NULL,
  at bigint NOT NULL,
  attempt integer NOT NULL,
  service_id bigint NOT NULL,
  started_at bigint NOT NULL,
  answer text NOT NULL,
  code text,
  detail text,
  PRIMARY KEY (record_id, at)
);
CREATE INDEX message_looks_by_age ON message_looks (at);

CREATE TABLE callback_answers (
  key text PRIMARY KEY,
  at bigint NOT NULL,
  reply text NOT NULL
);
CREATE INDEX callback_answers_by_age ON callback_answers (at);

CREATE TABLE suppressions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  channel text NOT NULL,
  recipient text NOT NULL,
  purpose text NOT NULL,
  reason text NOT NULL,
  detail text,
  record_id bigint,
  created_at bigint NOT NULL,
  UNIQUE (recipient, channel, purpose, reason)
);
CREATE INDEX suppressions_by_channel ON suppressions (channel, id);
CREATE INDEX suppressions_by_reason ON suppressions (reason, id);

CREATE TABLE inbox_users (
  user_id text PRIMARY KEY,
  last_seq bigint NOT NULL,
  delivered_seq bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE inbox_entries (
  user_id text NOT NULL,
  seq bigint NOT NULL,
  record_id bigint NOT NULL UNIQUE,
  title text,
  text text NOT NULL,
  at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ack_timeout_ms bigint NOT NULL,
  read_at bigint,
  PRIMARY KEY (user_id, seq)
);
CREATE INDEX inbox_entries_by_expiry ON inbox_entries (expires_at);
`

const COLUMNS = `m.channel, m.recipient, m.template_id, m.template_version, m.variables, m.priority, m.flow, m.task_id`
/** Of a message that nothing has happened to. */
const untouched = (state: string, reason: string) =>
  `m.id, '${state}', ${COLUMNS}, 0, NULL::bigint, NULL, ${reason}, m.due_at, m.expires_at, NULL, NULL, m.accepted_at, NULL::bigint, NULL::bigint, m.accepted_at`
const HAS_NO_STATE = 'NOT EXISTS (SELECT 1 FROM states s WHERE s.id = m.id)'

/** Of `m`: waits in memory alone, younger than the mark and in no other place. There are such only up to the next step. */
export const IS_RESIDENT = `m.id >= (SELECT id FROM resident_mark) AND ${HAS_NO_STATE}
    AND NOT EXISTS (SELECT 1 FROM claims c WHERE c.id = m.id)
    AND NOT EXISTS (SELECT 1 FROM queue_delays d WHERE d.id = m.id)
    AND NOT EXISTS (SELECT 1 FROM queue_entries q WHERE q.queue = 'message.send' AND q.priority = m.priority
      AND q.lane = m.channel || '/' || m.flow AND q.id = m.id)`

/** What operators query: each message with its state, exactly once. `besides`: those that stand in no table but their own. */
export const messageRecords = (besides = '') => `
CREATE VIEW message_records (record_id, status, channel, recipient, template_id, template_version, variables, priority, flow, task_id,
  attempt, service_id, provider_id, pending_reason, due_at, expires_at, error_code, error_message, created_at, claimed_at, finished_at,
  updated_at) AS
  SELECT m.id, s.state, ${COLUMNS}, s.attempt, s.service_id, s.provider_id, s.pending_reason,
    coalesce(s.due_at, m.due_at), coalesce(s.expires_at, m.expires_at), s.error_code, s.error_message, m.accepted_at,
    s.claimed_at, s.finished_at, s.updated_at
  FROM states s JOIN messages m ON m.id = s.id
  UNION ALL
  SELECT m.id, 'sending', ${COLUMNS}, c.attempt, c.service_id, NULL, NULL, m.due_at, m.expires_at, NULL, NULL,
    m.accepted_at, c.claimed_at, NULL, c.claimed_at
  FROM claims c JOIN messages m ON m.id = c.id WHERE ${HAS_NO_STATE}
  UNION ALL
  SELECT ${untouched('queued', 'NULL')} FROM queue_entries q JOIN messages m ON m.id = q.id WHERE ${HAS_NO_STATE}
  UNION ALL
  SELECT ${untouched('scheduled', "'delay'")} FROM queue_delays d JOIN messages m ON m.id = d.id WHERE ${HAS_NO_STATE}${besides};
`
export const MESSAGE_RECORDS = messageRecords(`
  UNION ALL
  SELECT ${untouched('queued', 'NULL')} FROM messages m WHERE ${IS_RESIDENT}`)
