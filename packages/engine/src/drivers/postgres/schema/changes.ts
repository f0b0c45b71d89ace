/**
 * Tells whoever listens what was written, in the transaction that writes it: by an engine, or by an operator with plain SQL. Only
 * of tables that engines keep in memory or on screens and that are seldom written: a transaction that tells something holds a
 * lock of the whole database while it commits.
 */

/** Where changes are told; a store listens to that of its own schema. */
export const changesChannel = (schema: string): string => `${schema}_changes`

/** A statement that writes more rows than this names none of them. Ids have up to 17 digits, and a notice 8,000 bytes. */
const NAMED_AT_MOST = 300

/** By table: the kind of its changes, and the column that names what changed; null where nobody asks which. */
const TOLD: Record<string, { kind: string; id: string | null }> = {
  templates: { kind: 'templates', id: 'id' },
  template_experiments: { kind: 'templates', id: 'template_id' },
  services: { kind: 'services', id: 'id' },
  service_secrets: { kind: 'services', id: 'service_id' },
  suppressions: { kind: 'suppressions', id: 'id' },
  bulk_actions: { kind: 'bulk', id: 'id' },
  alerts: { kind: 'alerts', id: null },
  message_views: { kind: 'views', id: null },
}

const WRITES = { insert: 'NEW', update: 'NEW', delete: 'OLD' } as const

const of = (kind: string) => `json_build_object('kind', '${kind}')`

/** One function per table: what a statement wrote has no name that could be given to a function. */
function toldOf(schema: string, table: string, kind: string, id: string | null): string {
  const tell = (what: string) => `PERFORM pg_notify('${changesChannel(schema)}', ${what}::text)`
  const named = (ids: string) => `json_build_object('kind', '${kind}', 'ids', ${ids})`
  const rows =
    id === null
      ? `IF EXISTS (SELECT 1 FROM written) THEN ${tell(of(kind))}; END IF;`
      : `SELECT count(*), json_agg(DISTINCT ${id}) INTO count, ids FROM (SELECT ${id} FROM written LIMIT ${NAMED_AT_MOST + 1}) AS named;
  IF count > ${NAMED_AT_MOST} THEN ids := NULL; END IF;
  IF count > 0 THEN ${tell(named('ids'))}; END IF;`
  return `
CREATE FUNCTION tell_${table}() RETURNS trigger LANGUAGE plpgsql SET search_path = "${schema}" AS $$
DECLARE
  count integer;
  ids json;
BEGIN
  ${rows}
  RETURN NULL;
END $$;
CREATE FUNCTION tell_all_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  ${tell(id === null ? of(kind) : named('NULL'))};
  RETURN NULL;
END $$;
${Object.entries(WRITES)
  .map(
    ([write, rows]) => `
CREATE TRIGGER tell_${write} AFTER ${write.toUpperCase()} ON ${table} REFERENCING ${rows} TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION tell_${table}();`,
  )
  .join('')}
CREATE TRIGGER tell_truncate AFTER TRUNCATE ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION tell_all_${table}();`
}

/** An engine writes a service only as it had read it: plain SQL, too, must make it another one. */
const SERVICES_GO_UP = `
CREATE FUNCTION raise_updated_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.updated_at := OLD.updated_at + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER raise_updated_at BEFORE UPDATE ON services FOR EACH ROW WHEN (NEW.updated_at <= OLD.updated_at)
  EXECUTE FUNCTION raise_updated_at();`

export const changesOf = (schema: string): string =>
  Object.entries(TOLD)
    .map(([table, { kind, id }]) => toldOf(schema, table, kind, id))
    .join('\n') + SERVICES_GO_UP
