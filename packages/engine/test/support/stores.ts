/** Stores of the driver that the stories run over: by default SQLite in a folder, PostgreSQL in a schema with `TEST_DRIVER=postgres`. */
import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { Clock } from '../../src/clock.ts'
import type { Driver, DriverName } from '../../src/driver.ts'
import { distributed } from '../../src/drivers/distributed.ts'
import { embedded } from '../../src/drivers/embedded.ts'
import { postgres } from '../../src/drivers/postgres.ts'
import { dropSchema, testDatabaseUrl } from './postgres-server.ts'
import { RABBITMQ, REDIS, testUrl } from './services/index.ts'

/** Where one store lives, as a string that a child process can be given. */
interface Stores {
  make(): string
  /** `clock`: that of every engine on it, where they have one of their own. */
  driverAt(place: string, clock?: Clock): Driver
  /** What an operator types into the database's own shell: the rows it gives. */
  sql(place: string, statement: string): Promise<Record<string, unknown>[]>
  remove(place: string): Promise<void>
  /** How many processes a store may have at a time: one, that keeps others out, or nodes. */
  nodes: 'one' | 'many'
}

const STORES: Record<DriverName, Stores> = {
  embedded: {
    make: () => mkdtempSync(join(tmpdir(), 'signalbox-')),
    driverAt: (folder) => embedded({ folder }),
    sql: sqliteShell,
    remove: (folder) => Promise.resolve(rmSync(folder, { recursive: true, force: true })),
    nodes: 'one',
  },
  distributed: {
    make: () => `test_${randomBytes(8).toString('hex')}`,
    driverAt: (schema, clock) => distributed({ ...testUrls(), schema, ...(clock && { now: () => clock.monotonic() }) }),
    sql: postgresShell,
    async remove(schema) {
      await dropSchema(schema)
      const { removeFromBroker } = await import('./amqp.ts')
      await removeFromBroker(schema)
      await removeFromRedis(schema)
    },
    nodes: 'many',
  },
  postgres: {
    make: () => `test_${randomBytes(8).toString('hex')}`,
    driverAt: (schema) => postgres({ url: testDatabaseUrl(), schema }),
    sql: postgresShell,
    remove: dropSchema,
    nodes: 'one',
  },
}

const isDriver = (name: string | undefined): name is DriverName => name !== undefined && name in STORES
const wanted = process.env['TEST_DRIVER']
export const testDriver: DriverName = isDriver(wanted) ? wanted : 'embedded'

export const storesOf = (name: DriverName): Stores => STORES[name]
/** Opens what is there, or an empty store. */
export const driverAt = (place: string, clock?: Clock): Driver => STORES[testDriver].driverAt(place, clock)
/** PostgreSQL, as one of the nodes that share it. */
export const nodeDriverAt = (schema: string): Driver => ({
  name: 'postgres',
  async open(options) {
    const { openStore } = await import('../../src/drivers/postgres/store.ts')
    return openStore({ url: testDatabaseUrl(), schema }, options, { nodes: 'many' })
  },
})
export const sql = (place: string, statement: string): Promise<Record<string, unknown>[]> =>
  STORES[testDriver].sql(place, statement)

const testUrls = () => ({
  databaseUrl: testDatabaseUrl(),
  amqpUrl: testUrl(RABBITMQ),
  redisUrl: testUrl(REDIS),
})

async function removeFromRedis(prefix: string): Promise<void> {
  const { createClient } = await import('@redis/client')
  const client = createClient({ url: testUrl(REDIS) })
  await client.connect()
  for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  client.destroy()
}

async function sqliteShell(folder: string, statement: string): Promise<Record<string, unknown>[]> {
  const db = new Database(join(folder, 'signalbox.db'))
  try {
    // Several at once give no rows.
    if (/;\s*\S/.test(statement)) return (db.exec(statement), [])
    const prepared = db.prepare<[], Record<string, unknown>>(statement)
    if (prepared.reader) return prepared.all()
    prepared.run()
    return []
  } finally {
    db.close()
  }
}

/** As `psql` with the schema in its search path; integers of 64 bits as numbers. */
async function postgresShell(schema: string, statement: string): Promise<Record<string, unknown>[]> {
  const { builtins } = pg.types
  const client = new pg.Client({
    connectionString: testDatabaseUrl(),
    options: `-c search_path=${schema}`,
    types: {
      getTypeParser: ((oid: number, format?: 'text') =>
        oid === builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
    },
  })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
