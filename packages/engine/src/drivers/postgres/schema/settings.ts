/**
 * The running settings. Their columns say what type a value has, so PostgreSQL refuses the wrong ones itself; what a value means is
 * checked when it is read. A trigger writes down what each revision changed, whoever made it, and tells who listens.
 */

/** Changes that are kept; older ones go as new ones come. */
export const KEPT_CHANGES = 10_000

export const SETTINGS_TABLES = [
  { table: 'thread_pool_configs', key: ['pool_name'] },
  { table: 'rate_limit_configs', key: ['resource', 'limit_type'] },
  { table: 'system_config', key: ['key'] },
] as const

/** Where changes are told; a store listens to that of its own schema. */
export const settingsChannel = (schema: string): string => `${schema}_settings`

/** One change of one row at a time, under one lock: revisions have no gaps and no doubles. Runs with the schema's own tables in sight. */
export const settingsOf = (schema: string): string => `
CREATE TABLE thread_pool_configs (
  pool_name text PRIMARY KEY,
  core_pool_size bigint NOT NULL,
  max_pool_size bigint NOT NULL,
  scale_up_threshold double precision NOT NULL,
  scale_down_threshold double precision NOT NULL,
  queue_capacity bigint NOT NULL
);
CREATE TABLE rate_limit_configs (
  resource text NOT NULL,
  limit_type text NOT NULL,
  max_value bigint NOT NULL,
  window_seconds double precision NOT NULL DEFAULT 1,
  enabled integer NOT NULL DEFAULT 1,
  PRIMARY KEY (resource, limit_type)
);
CREATE TABLE system_config (
  key text PRIMARY KEY,
  value text NOT NULL,
  category text NOT NULL,
  description text NOT NULL,
  value_type text NOT NULL,
  constraints text
);
CREATE TABLE system_config_changes (
  key text PRIMARY KEY,
  at bigint NOT NULL
);
CREATE TABLE settings_changes (
  revision bigint PRIMARY KEY,
  at bigint NOT NULL,
  table_name text NOT NULL,
  row_name text NOT NULL,
  old_row text,
  new_row text
);

CREATE FUNCTION settings_revision() RETURNS bigint LANGUAGE sql STABLE SET search_path = "${schema}" AS
  $$ SELECT coalesce((SELECT max(revision) FROM settings_changes), 1) $$;

CREATE FUNCTION keep_settings_change() RETURNS trigger LANGUAGE plpgsql SET search_path = "${schema}" AS $$
DECLARE
  old_row json := CASE WHEN TG_OP <> 'INSERT' THEN row_to_json(OLD) END;
  new_row json := CASE WHEN TG_OP <> 'DELETE' THEN row_to_json(NEW) END;
  name text;
BEGIN
  LOCK TABLE settings_changes IN SHARE ROW EXCLUSIVE MODE;
  SELECT string_agg(coalesce(new_row, old_row) ->> column_name, ' ' ORDER BY place) INTO name
    FROM unnest(TG_ARGV) WITH ORDINALITY AS of (column_name, place);
  INSERT INTO settings_changes (revision, at, table_name, row_name, old_row, new_row) VALUES (settings_revision() + 1,
    floor(extract(epoch FROM clock_timestamp()) * 1000), TG_TABLE_NAME, name, old_row::text, new_row::text);
  DELETE FROM settings_changes WHERE revision <= settings_revision() - ${KEPT_CHANGES};
  IF TG_TABLE_NAME = 'system_config' AND TG_OP = 'UPDATE' AND old_row ->> 'value' IS DISTINCT FROM new_row ->> 'value' THEN
    INSERT INTO system_config_changes VALUES (new_row ->> 'key', floor(extract(epoch FROM clock_timestamp()) * 1000))
      ON CONFLICT (key) DO UPDATE SET at = excluded.at;
  END IF;
  PERFORM pg_notify('${settingsChannel(schema)}', '');
  RETURN NULL;
END $$;
${SETTINGS_TABLES.map(
  ({ table, key }) => `
CREATE TRIGGER keep_change AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW
  EXECUTE FUNCTION keep_settings_change(${key.map((column) => `'${column}'`).join(', ')});`,
).join('')}
`
