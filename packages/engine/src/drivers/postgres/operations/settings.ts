/** Running settings: seeded once, read as they stand, and as they were. */
import type { SettingsDefaults, SettingsHistory, SettingsRows } from '../../../settings/store.ts'
import { tablesOf, undo, type Change } from '../../shared/settings-undo.ts'
import { columnsOf, unnest } from '../columns.ts'
import type { Reader } from '../reader.ts'
import { SETTINGS_TABLES } from '../schema/settings.ts'
import { statement, type Db } from '../statement.ts'
import { insertAudit } from './moves.ts'

const seeded = statement<[], { count: number }>('SELECT count(*) AS count FROM system_config')
const insertPools = statement<string[]>(
  `INSERT INTO thread_pool_configs (pool_name, core_pool_size, max_pool_size, scale_up_threshold, scale_down_threshold, queue_capacity)
   SELECT * FROM ${unnest({
     pool_name: 'text',
     core_pool_size: 'bigint',
     max_pool_size: 'bigint',
     scale_up_threshold: 'double precision',
     scale_down_threshold: 'double precision',
     queue_capacity: 'bigint',
   })} ON CONFLICT DO NOTHING`,
)
const insertRules = statement<string[]>(
  `INSERT INTO rate_limit_configs (resource, limit_type, max_value, window_seconds, enabled)
   SELECT * FROM ${unnest({
     resource: 'text',
     limit_type: 'text',
     max_value: 'bigint',
     window_seconds: 'double precision',
     enabled: 'integer',
   })} ON CONFLICT DO NOTHING`,
)
const insertValues = statement<string[]>(
  `INSERT INTO system_config (key, value, category, description, value_type, constraints)
   SELECT * FROM ${unnest({
     key: 'text',
     value: 'text',
     category: 'text',
     description: 'text',
     value_type: 'text',
     constraints: 'text',
   })} ON CONFLICT DO NOTHING`,
)
const systemValue = statement<[string], { value: string }>('SELECT value FROM system_config WHERE key = $1 FOR UPDATE')
const writeSystem = statement<[string, string]>('UPDATE system_config SET value = $1 WHERE key = $2')
/** The API's own time: a trigger has put the server's there. */
const changedNow = statement<[string, number]>(
  'INSERT INTO system_config_changes (key, at) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET at = excluded.at',
)

/** A rule that an operator deleted stays deleted: rules are put in only once. */
export async function seed(db: Db, { threadPools, rateLimits, system }: SettingsDefaults): Promise<void> {
  const isFirst = (await db.one(seeded))?.count === 0
  await db.run(
    insertPools,
    ...columnsOf(
      threadPools,
      (row) => row.pool_name,
      (row) => row.core_pool_size,
      (row) => row.max_pool_size,
      (row) => row.scale_up_threshold,
      (row) => row.scale_down_threshold,
      (row) => row.queue_capacity,
    ),
  )
  await db.run(
    insertRules,
    ...columnsOf(
      isFirst ? rateLimits : [],
      (row) => row.resource,
      (row) => row.limit_type,
      (row) => row.max_value,
      (row) => row.window_seconds,
      (row) => (row.enabled ? 1 : 0),
    ),
  )
  await db.run(
    insertValues,
    ...columnsOf(
      system,
      (row) => row.key,
      (row) => row.value,
      (row) => row.category,
      (row) => row.description,
      (row) => row.value_type,
      (row) => row.constraints,
    ),
  )
}

export function settingsOperations(db: Db) {
  return {
    async writeSystem(key: string, value: string, now: number): Promise<boolean> {
      const before = (await db.one(systemValue, key))?.value
      if (before === undefined || before === value) return before !== undefined
      await db.run(writeSystem, value, key)
      await db.run(changedNow, key, now)
      await db.run(insertAudit, now, 'setting', null, `${key}: ${before} → ${value}`)
      return true
    },
  }
}

const currentRevision = statement<[], { revision: number }>('SELECT settings_revision() AS revision')
const firstRevision = statement<[], { revision: number }>(
  'SELECT revision FROM settings_changes ORDER BY revision LIMIT 1',
)
const revisionAt = statement<[number], { at: number }>('SELECT at FROM settings_changes WHERE revision = $1')
const later = statement<[number], Change>(
  'SELECT table_name, old_row, new_row FROM settings_changes WHERE revision > $1 ORDER BY revision DESC',
)
const threadPools = statement<[], Record<string, unknown>>('SELECT * FROM thread_pool_configs')
const rateLimits = statement<[], Record<string, unknown>>('SELECT * FROM rate_limit_configs')
const systemConfig = statement<[], Record<string, unknown>>('SELECT * FROM system_config')
const changes = statement<[], { key: string; at: number }>('SELECT key, at FROM system_config_changes')
/** As the trigger writes a row down. */
const texts = SETTINGS_TABLES.map(
  ({ table }) =>
    [table, statement<[], { text: string }>(`SELECT row_to_json(r)::text AS text FROM ${table} r`)] as const,
)

export function settingsReads({ db, snapshot }: Reader) {
  async function readTexts(db: Db) {
    const read = new Map<(typeof texts)[number][0], string[]>()
    for (const [table, of] of texts)
      read.set(
        table,
        (await db.all(of)).map(({ text }) => text),
      )
    return read
  }
  const revisionOf = async (db: Db) => (await db.one(currentRevision))?.revision ?? 0

  return {
    revision: () => revisionOf(db),

    read: (): Promise<SettingsRows> =>
      snapshot(async (db) => ({
        threadPools: await db.all(threadPools),
        rateLimits: await db.all(rateLimits),
        system: await db.all(systemConfig),
        changedAt: Object.fromEntries((await db.all(changes)).map(({ key, at }) => [key, at])),
        revision: await revisionOf(db),
      })),

    asOf: (wanted: number | null): Promise<SettingsHistory> =>
      snapshot(async (db) => {
        const revision = await revisionOf(db)
        const oldest = Math.min(revision, ((await db.one(firstRevision))?.revision ?? revision + 1) - 1)
        const asked = wanted ?? revision
        const isKnown = asked >= oldest && asked <= revision
        const today = await readTexts(db)
        return {
          revision,
          oldest,
          now: tablesOf(today),
          was: isKnown
            ? {
                since: (await db.one(revisionAt, asked))?.at ?? null,
                tables: undo(await readTexts(db), await db.all(later, asked)),
              }
            : null,
        }
      }),
  }
}
