/**
 * A schema that receives the rows of a data folder: how far each part has come stands in the same transaction as its rows, and
 * nothing starts on the schema before all of it was compared.
 */
import pg from 'pg'
import { rowDigest, type Row, type RowDigest, type Value } from '../shared/row-digest.ts'
import { columnsOf } from './columns.ts'
import { assertServer, configOf, NO_DEADLINES, type Place } from './connect.ts'
import { migrate } from './migrate.ts'
import { openPartitions } from './partitions.ts'
import { SETTINGS_TABLES } from './schema/settings.ts'
import { holdSchemaAlone } from './session-locks.ts'
import { dbOf, statement, withoutNul } from './statement.ts'

const TABLES = `
CREATE TABLE moved_folder (
  path text NOT NULL,
  state text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  verified_at timestamptz
);
CREATE TABLE moved_parts (
  name text PRIMARY KEY,
  after json,
  rows bigint NOT NULL,
  done boolean NOT NULL
);`

/** Refuses a schema into which a folder is still being moved. The schema is in the search path. */
export async function assertMoved(client: pg.Client, schema: string): Promise<void> {
  const there = await client.query<{ is: boolean }>(`SELECT to_regclass('moved_folder') IS NOT NULL AS is`)
  if (!there.rows[0]?.is) return
  const { rows } = await client.query<{ path: string }>('SELECT path FROM moved_folder WHERE verified_at IS NULL')
  const [unfinished] = rows
  if (!unfinished) return
  throw new Error(
    `expected the move of ${unfinished.path} into the schema ${schema} to be finished, got one that is not: ` +
      'run it again until it is done, or drop the schema',
  )
}

export interface Column {
  name: string
  type: string
}

export interface PartProgress {
  /** The key of the last row. */
  after: (string | number | null)[] | null
  rows: number
  done: boolean
}

export interface Receiver {
  columns(table: string): Promise<readonly Column[]>
  progress(part: string): Promise<PartProgress>
  /** In one transaction. */
  put(table: string, columns: readonly Column[], part: string, rows: readonly Row[], next: PartProgress): Promise<void>
  digest(table: string, columns: readonly Column[], onRows: (rows: number) => void): Promise<RowDigest>
  /** All is there and was compared. */
  finish(lastId: number, sequences: ReadonlyMap<string, number>): Promise<void>
  close(): Promise<void>
}

const SETTINGS = [...SETTINGS_TABLES.map(({ table }) => table as string), 'system_config_changes', 'settings_changes']
/** What a start puts into an empty schema is none of anybody's. */
const FILLED_AT_START = [...SETTINGS, 'locks']
const FETCH = 2_000

const children: Readonly<Record<string, 'month' | 'day'>> = {
  ...{ messages: 'month', states: 'month' },
  ...{ traces: 'day', receipts: 'day' },
}

/** Takes the schema for itself. Throws when anything stands in it that did not come from this folder as it is now. */
export async function openReceiver(
  place: Place,
  tables: readonly string[],
  folder: { path: string; state: string },
): Promise<Receiver> {
  const { schema } = place
  const client = new pg.Client({ ...configOf(place, 'move'), ...NO_DEADLINES, pipeline: true })
  // What is under way rejects too.
  client.on('error', () => undefined)
  await client.connect()
  const db = dbOf((query) => client.query(query))
  const partitions = openPartitions(db)

  async function together(run: () => Promise<void>): Promise<void> {
    await client.query('BEGIN')
    await run()
    await client.query('COMMIT')
  }

  async function begin(): Promise<void> {
    await assertServer(client)
    await holdSchemaAlone(client, schema, 'since a data folder is moved there')
    await migrate(client, schema)
    if (!(await isThere('moved_folder'))) {
      for (const table of tables) {
        if (FILLED_AT_START.includes(table) || !(await hasRows(table))) continue
        throw new Error(
          `expected the schema ${schema} to be empty, got rows in ${table} that did not come from ${folder.path}: ` +
            'drop the schema, or name another database',
        )
      }
      await together(async () => {
        await client.query(TABLES)
        await client.query('INSERT INTO moved_folder (path, state) VALUES ($1, $2)', [folder.path, folder.state])
        for (const table of FILLED_AT_START) await quietly(table, () => client.query(`DELETE FROM ${table}`))
        await client.query('DELETE FROM settings_changes')
      })
      return
    }
    const { rows } = await client.query<{ path: string; state: string; verified: boolean }>(
      'SELECT path, state, verified_at IS NOT NULL AS verified FROM moved_folder',
    )
    const [before] = rows
    if (before?.verified)
      throw new Error(`expected a data folder to be moved, got one that was: ${before.path} is in ${schema}`)
    if (before?.path !== folder.path) {
      throw new Error(`expected ${before?.path} to be moved into the schema ${schema} to its end, got ${folder.path}`)
    }
    if (before.state !== folder.state) {
      throw new Error(
        `expected the data folder to be as it was when its move began, got one that was written to: drop the schema ${schema} and begin anew`,
      )
    }
  }

  const isThere = async (table: string) =>
    (await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [table])).rows[0]?.there
  const hasRows = async (table: string) =>
    (await client.query<{ has: boolean }>(`SELECT EXISTS (SELECT 1 FROM ${table}) AS has`)).rows[0]?.has

  /** Without its triggers: what they write down was moved too. */
  async function quietly(table: string, run: () => Promise<unknown>): Promise<void> {
    const quiet = SETTINGS.includes(table)
    if (quiet) await client.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`)
    await run()
    if (quiet) await client.query(`ALTER TABLE ${table} ENABLE TRIGGER USER`)
  }

  async function partitionsFor(table: string, columns: readonly Column[], rows: readonly Row[]): Promise<void> {
    const kind = children[table]
    if (!kind) return
    const at = columns.findIndex(({ name }) => name === (kind === 'month' ? 'id' : 'day'))
    const keys = rows.map((row) => row[at] as number)
    if (kind === 'month') await partitions.months(keys)
    else for (const day of new Set(keys)) await partitions.day(day)
  }

  try {
    await begin()
  } catch (error) {
    await client.end()
    throw error
  }

  return {
    columns: (table) => db.all(columnsOfTable, table),
    async progress(part) {
      return (await db.one(progressOf, part)) ?? { after: null, rows: 0, done: false }
    },
    async put(table, columns, part, rows, { after, rows: count, done }) {
      await together(async () => {
        await partitionsFor(table, columns, rows)
        if (rows.length > 0) {
          await quietly(table, () => client.query(insertInto(table, columns), columnsOf(rows, ...columns.map(valueAt))))
        }
        await db.run(keepProgress, part, JSON.stringify(after), count, done)
      })
    },
    async digest(table, columns, onRows) {
      const digest = rowDigest()
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await client.query(`DECLARE moved NO SCROLL CURSOR FOR SELECT ${columns.map(read).join(', ')} FROM ${table}`)
      for (;;) {
        const { rows } = await client.query<Value[]>({ text: `FETCH ${FETCH} FROM moved`, rowMode: 'array' })
        for (const row of rows) digest.add(row)
        onRows(rows.length)
        if (rows.length < FETCH) break
      }
      await client.query('COMMIT')
      return digest
    },
    async finish(lastId, sequences) {
      for (const table of tables) await client.query(`ANALYZE ${table}`)
      await together(async () => {
        for (const { table, column } of await db.all(identities)) {
          const last = sequences.get(table) ?? 0
          await client.query(
            `SELECT setval(pg_get_serial_sequence($1, $2), greatest($3::bigint, max(${column}), 1), greatest($3::bigint, max(${column})) IS NOT NULL
               AND greatest($3::bigint, max(${column})) > 0) FROM ${table}`,
            [table, column, last],
          )
        }
        await client.query('UPDATE id_mark SET id = $1', [lastId])
        await client.query('UPDATE moved_folder SET verified_at = now()')
        await client.query('DROP TABLE moved_parts')
      })
    },
    close: () => client.end(),
  }
}

const columnsOfTable = statement<[string], Column>(
  `SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute
   WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
)
const identities = statement<[], { table: string; column: string }>(
  `SELECT relname AS "table", attname AS "column" FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
   WHERE attidentity <> '' AND relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')`,
)
const progressOf = statement<[string], PartProgress>('SELECT after, rows, done FROM moved_parts WHERE name = $1')
const keepProgress = statement<[string, string, number, boolean]>(
  `INSERT INTO moved_parts (name, after, rows, done) VALUES ($1, $2, $3, $4)
   ON CONFLICT (name) DO UPDATE SET after = excluded.after, rows = excluded.rows, done = excluded.done`,
)

function insertInto(table: string, columns: readonly Column[]): string {
  const values = columns.map(({ type }, i) => `w.c${i}::${type}`)
  return `INSERT INTO ${table} (${columns.map(({ name }) => `"${name}"`).join(', ')}) OVERRIDING SYSTEM VALUE
    SELECT ${values.join(', ')} FROM unnest(${columns.map((_, i) => `$${i + 1}::text[]`).join(', ')})
      AS w (${columns.map((_, i) => `c${i}`).join(', ')})`
}

const valueAt =
  ({ type }: Column, i: number) =>
  (row: Row): Value => {
    const value = row[i] ?? null
    return type === 'bytea' && value !== null ? `\\x${String(value)}` : value
  }

/** As it is compared. */
const read = ({ name, type }: Column): string =>
  type === 'bytea' ? `encode("${name}", 'hex')` : type === 'json' ? `"${name}"::text` : `"${name}"`

/** What a column of this type holds for a value of SQLite. */
export function received(value: string | number | Uint8Array | null, type: string): Value {
  if (value === null) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  if (type === 'boolean') return value !== 0
  if (type === 'text' || type === 'json') return withoutNul(String(value))
  return value
}
