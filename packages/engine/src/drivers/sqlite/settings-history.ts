/**
 * What each revision of the settings changed, written by triggers, so that plain SQL from any client is kept too. The
 * triggers of version 1 that count the revision are made anew: SQLite does not promise in which order two triggers of
 * one event run, and a change is written under the revision that it made.
 */

/** Changes that are kept; older ones go as new ones come. */
export const KEPT_CHANGES = 10_000

/** The columns as a row is written down, those of its name first. One more needs a migration that makes the triggers anew. */
export const SETTINGS_TABLES = [
  {
    table: 'thread_pool_configs',
    key: ['pool_name'],
    fields: ['core_pool_size', 'max_pool_size', 'scale_up_threshold', 'scale_down_threshold', 'queue_capacity'],
  },
  {
    table: 'rate_limit_configs',
    key: ['resource', 'limit_type'],
    fields: ['max_value', 'window_seconds', 'enabled'],
  },
  {
    table: 'system_config',
    key: ['key'],
    fields: ['value', 'category', 'description', 'value_type', 'constraints'],
  },
] as const
type SettingsTable = (typeof SETTINGS_TABLES)[number]

/** A row as JSON. JSON has no blobs, and an operator's statement must not fail here: one is written as its SQL literal. */
export function rowJson({ key, fields }: SettingsTable, row: string): string {
  const pairs = [...key, ...fields].map((column) => {
    const value = `${row}.${column}`
    return `'${column}', CASE typeof(${value}) WHEN 'blob' THEN quote(${value}) ELSE ${value} END`
  })
  return `json_object(${pairs.join(', ')})`
}

const nameOf = ({ key }: SettingsTable, row: string) =>
  key.map((column) => `CAST(${row}.${column} AS TEXT)`).join(" || ' ' || ")

/** `settings_replaced`: what a REPLACE is about to delete; only with `recursive_triggers` does it tell a trigger of that. */
function triggersOf(of: SettingsTable): string {
  const { table, key } = of
  const [before, after] = [rowJson(of, 'old'), rowJson(of, 'new')]
  const keep = (row: 'old' | 'new', from: string, to: string) => `
  UPDATE settings_revision SET revision = revision + 1;
  INSERT INTO settings_changes (revision, at, table_name, row_name, old_row, new_row) SELECT revision,
    CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER), '${table}', ${nameOf(of, row)}, ${from}, ${to} FROM settings_revision;
  DELETE FROM settings_changes WHERE id <= (SELECT max(id) FROM settings_changes) - ${KEPT_CHANGES};
  DELETE FROM settings_replaced;`
  return `
DROP TRIGGER ${table}_insert;
DROP TRIGGER ${table}_update;
DROP TRIGGER ${table}_delete;
CREATE TRIGGER ${table}_replace BEFORE INSERT ON ${table} BEGIN
  DELETE FROM settings_replaced;
  INSERT INTO settings_replaced SELECT ${rowJson(of, 'r')} FROM ${table} r WHERE ${key.map((column) => `r.${column} = new.${column}`).join(' AND ')};
END;
CREATE TRIGGER ${table}_insert AFTER INSERT ON ${table} BEGIN${keep('new', '(SELECT old_row FROM settings_replaced)', after)}
END;
CREATE TRIGGER ${table}_update AFTER UPDATE ON ${table} BEGIN${keep('new', before, after)}
END;
CREATE TRIGGER ${table}_delete AFTER DELETE ON ${table} BEGIN${keep('old', before, 'NULL')}
END;`
}

/** Made anew without REPLACE: within an operator's upsert SQLite takes that for a plain INSERT, and the statement failed. */
const changedAgain = `
DROP TRIGGER system_config_changed;
CREATE TRIGGER system_config_changed AFTER UPDATE OF value ON system_config WHEN new.value IS NOT old.value BEGIN
  DELETE FROM system_config_changes WHERE key = new.key;
  INSERT INTO system_config_changes VALUES (new.key, CAST(strftime('%s', 'now') AS INTEGER) * 1000);
END;
`

export const SETTINGS_HISTORY = `
CREATE TABLE settings_changes (
  id INTEGER PRIMARY KEY,
  revision INTEGER NOT NULL,
  at INTEGER NOT NULL,
  table_name TEXT NOT NULL,
  row_name TEXT,
  old_row TEXT,
  new_row TEXT
) STRICT;
CREATE INDEX settings_changes_by_revision ON settings_changes (revision);
CREATE TABLE settings_replaced (old_row TEXT NOT NULL) STRICT;
${SETTINGS_TABLES.map(triggersOf).join('')}
${changedAgain}`
