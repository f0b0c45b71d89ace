/**
 * The store's tables, as numbered migrations. A migration that has been released is never edited; add one. What the tables
 * of messages are for stands in `partition-tables.ts`.
 */
import type { Db } from './database.ts'
import { addHoldReasons } from './hold-reasons.ts'
import { INBOX } from './inbox-tables.ts'
import { moveIntoPartitions } from './move-into-partitions.ts'
import { renameSecretFields } from './secret-fields.ts'
import { SETTINGS_HISTORY } from './settings-history.ts'
import { SUPPRESSIONS } from './suppressions.ts'
import { addTimeZones } from './time-zones.ts'
import { VERSION_1 } from './version-1.ts'

/** When each setting was last changed, also by plain SQL: how long a channel has been paused. The API puts its own, finer time there. */
const settingsChanges = `
CREATE TABLE system_config_changes (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TRIGGER system_config_changed AFTER UPDATE OF value ON system_config WHEN new.value IS NOT old.value BEGIN
  REPLACE INTO system_config_changes VALUES (new.key, CAST(strftime('%s', 'now') AS INTEGER) * 1000);
END;
`

/** Alarms that are not `ok`, and what happened to any. */
const alerts = `
CREATE TABLE alerts (
  alert TEXT PRIMARY KEY,
  state TEXT NOT NULL,
  since INTEGER NOT NULL,
  worst REAL,
  ack_by TEXT,
  ack_note TEXT,
  ack_at INTEGER,
  ack_until INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE alert_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  alert TEXT NOT NULL,
  event TEXT NOT NULL,
  at INTEGER NOT NULL,
  figure REAL,
  threshold REAL NOT NULL,
  by TEXT,
  note TEXT
) STRICT;
`

/**
 * Who published a version, and what its MJML became. Experiments send two versions of a template, one row per template
 * for the last one; its counts are kept with the messages' moves, and only while it runs.
 */
const experiments = `
ALTER TABLE template_versions ADD COLUMN author TEXT;
ALTER TABLE template_versions ADD COLUMN html TEXT;
CREATE TABLE template_experiments (
  template_id INTEGER PRIMARY KEY,
  version_a INTEGER NOT NULL,
  version_b INTEGER NOT NULL,
  share_b INTEGER NOT NULL,
  planned INTEGER NOT NULL,
  state TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  started_by TEXT,
  stopped_at INTEGER,
  stop_reason TEXT
) STRICT;
CREATE TABLE template_experiment_counts (
  template_id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (template_id, version, state)
) STRICT, WITHOUT ROWID;
CREATE TABLE template_experiment_messages (
  template_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (template_id, id)
) STRICT, WITHOUT ROWID;
`

/** Why an experiment stopped, as JSON: before, it was an English sentence. */
const experimentStops = `
UPDATE template_experiments SET stop_reason = '{"kind":"ended","by":null}' WHERE stop_reason IS NOT NULL;
`

/** When a template was last used, to the minute. */
const templateUse = `
ALTER TABLE template_uses ADD COLUMN last_used_at INTEGER NOT NULL DEFAULT 0;
UPDATE template_uses SET last_used_at = coalesce(
  (SELECT max(at) FROM stats_hours h WHERE h.template_id = template_uses.template_id AND h.state = 'accepted'), 0);
`

/** Bulk actions with where they stand, and what those moved that can be taken back. */
const bulkActions = `
CREATE TABLE bulk_actions (
  id INTEGER PRIMARY KEY,
  action TEXT NOT NULL,
  filter TEXT NOT NULL,
  note TEXT NOT NULL,
  by TEXT,
  state TEXT NOT NULL,
  total INTEGER NOT NULL,
  moved INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  next_before INTEGER,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  problem TEXT,
  undoes INTEGER,
  undone INTEGER NOT NULL DEFAULT 0,
  interruptions INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE bulk_moved (
  action_id INTEGER NOT NULL,
  id INTEGER NOT NULL,
  PRIMARY KEY (action_id, id)
) STRICT, WITHOUT ROWID;
`

/** What a provider would fill into its own template, as JSON. */
const keptFields = `
ALTER TABLE kept_messages ADD COLUMN fields TEXT;
`

/** What an operator sets for an account, and how much of its quota of a day is used. */
const accounts = `
ALTER TABLE services ADD COLUMN tags TEXT NOT NULL DEFAULT '[]';
ALTER TABLE services ADD COLUMN weight INTEGER NOT NULL DEFAULT 1;
ALTER TABLE services ADD COLUMN sending_interval_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN daily_quota INTEGER;
ALTER TABLE services ADD COLUMN quota_reset_at TEXT NOT NULL DEFAULT '00:00';
ALTER TABLE services ADD COLUMN quota_time_zone TEXT;
CREATE TABLE service_uses (
  service_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (service_id, day)
) STRICT, WITHOUT ROWID;
`

/** Filters of messages that operators keep. The key is the name as it is compared. */
const messageViews = `
CREATE TABLE message_views (
  key TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  query TEXT NOT NULL
) STRICT, WITHOUT ROWID;
`

/** What a template's messages are for. */
const templatePurposes = `
ALTER TABLE templates ADD COLUMN purpose TEXT NOT NULL DEFAULT 'notice';
`

/** An account that an operator paused, and why the engine itself disabled one. */
const servicePauses = `
ALTER TABLE services ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN disabled_because TEXT;
`

/** Secrets of services, and of service 0 what tells whether the key fits. None can be read without the master key. */
const serviceSecrets = `
CREATE TABLE service_secrets (
  service_id INTEGER NOT NULL,
  field TEXT NOT NULL,
  key_id TEXT NOT NULL,
  nonce BLOB NOT NULL,
  ciphertext BLOB NOT NULL,
  PRIMARY KEY (service_id, field)
) STRICT, WITHOUT ROWID;
`

/** What providers said when they were asked what became of a message. */
const messageLooks = `
CREATE TABLE message_looks (
  record_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  service_id INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  answer TEXT NOT NULL,
  code TEXT,
  detail TEXT,
  PRIMARY KEY (record_id, at)
) STRICT, WITHOUT ROWID;
CREATE INDEX message_looks_by_age ON message_looks (at);
`

/** What providers were answered lately: a repeat of the same is answered alike. */
const callbackAnswers = `
CREATE TABLE callback_answers (
  key TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  reply TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX callback_answers_by_age ON callback_answers (at);
`

/** A new database gets its rules when it is filled. This route can be reached from outside, so an older one gets its rule too. */
const limitUnsubscribing = `
INSERT OR IGNORE INTO rate_limit_configs (resource, limit_type, max_value)
  SELECT 'api:/unsubscribe', 'qps', 100 WHERE EXISTS (SELECT 1 FROM system_config);
`

/** Statements, or what they cannot say. Each runs in a transaction of its own. */
export type Migration = string | ((db: Db) => void)

export const MIGRATIONS: readonly Migration[] = [
  VERSION_1,
  settingsChanges,
  alerts,
  moveIntoPartitions,
  experiments,
  experimentStops,
  templateUse,
  addHoldReasons,
  bulkActions,
  keptFields,
  accounts,
  messageViews,
  SETTINGS_HISTORY,
  templatePurposes,
  servicePauses,
  INBOX,
  serviceSecrets,
  SUPPRESSIONS,
  renameSecretFields,
  addTimeZones,
  messageLooks,
  callbackAnswers,
  limitUnsubscribing,
]
