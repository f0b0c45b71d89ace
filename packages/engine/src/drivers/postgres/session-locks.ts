/**
 * Locks of a session, which end with its connection, however that ends: on the schema (one process alone, or several nodes that
 * share it), on its preparation, and on the lease of a node, which its one writing connection holds.
 */
import type pg from 'pg'
import { statement, type Db } from './statement.ts'

/** Whether a process has the schema to itself, or shares it with others that do too. */
export type Sharing = 'one' | 'many'

/** Others have ended this node: whatever it still meant to write is theirs to decide. */
export class NodeEndedError extends Error {}

const HOLD_EVERY_MS = 100
/** The server notices the end of a process that was killed when it next reads from it. */
const HOLD_WITHIN_MS = 2_000
const SILENT_EVERY_MS = 20
const SILENT_WITHIN_MS = 10_000

const schemaKey = (schema: string) => `signalbox ${schema}`
const leaseKey = (schema: string, lease: number) => `signalbox node ${lease} of ${schema}`

const TRY: Record<Sharing, string> = {
  one: 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS got',
  many: 'SELECT pg_try_advisory_lock_shared(hashtextextended($1, 0)) AS got',
}

/** False when it was not to be had in time. */
async function got(client: pg.Client, sharing: Sharing, key: string): Promise<boolean> {
  const until = performance.now() + HOLD_WITHIN_MS
  for (;;) {
    const { rows } = await client.query<{ got: boolean }>(TRY[sharing], [key])
    if (rows[0]?.got) return true
    if (performance.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, HOLD_EVERY_MS))
  }
}

export async function holdSchema(client: pg.Client, sharing: Sharing, schema: string): Promise<void> {
  if (await got(client, sharing, schemaKey(schema))) return
  throw new Error(
    `expected the schema ${schema} to be free, got one that another Signalbox process holds` +
      (sharing === 'many'
        ? ' for itself alone'
        : ': with PostgreSQL alone there is one node; several need RabbitMQ and Redis too'),
  )
}

/** For a change of its tables, say: those who have it know only the shape with which they began. */
export async function holdSchemaAlone(
  client: pg.Client,
  schema: string,
  why = 'since its tables must be changed for this version',
): Promise<void> {
  if (await got(client, 'one', schemaKey(schema))) return
  throw new Error(
    `expected all nodes on the schema ${schema} to be stopped, ${why}, got one that another Signalbox process holds`,
  )
}

export async function releaseSchemaAlone(client: pg.Client, schema: string): Promise<void> {
  await client.query('SELECT pg_advisory_unlock(hashtextextended($1, 0))', [schemaKey(schema)])
}

/** Waits for as long as somebody else prepares the schema: that may take long, and ends. */
export async function holdPreparation(client: pg.Client, schema: string): Promise<void> {
  await client.query('SELECT pg_advisory_lock(hashtextextended($1, 0))', [`signalbox prepare ${schema}`])
}

export async function holdLease(client: pg.Client, schema: string, lease: number): Promise<void> {
  if (await got(client, 'one', leaseKey(schema, lease))) return
  throw new Error(`expected nobody to write for node lease ${lease}, got another connection that does`)
}

const endHolders = statement<[string], { pid: number }>(
  `WITH wanted AS (SELECT hashtextextended($1, 0) AS key)
   SELECT pid, pg_terminate_backend(pid) FROM pg_locks, wanted WHERE locktype = 'advisory'
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1
     AND classid = ((key >> 32) & 4294967295)::oid AND objid = (key & 4294967295)::oid`,
)

/** Ends whatever writes for a lease, and waits until nothing does: what it was committing is committed then, or never will be. */
export async function silence(db: Db, schema: string, lease: number): Promise<void> {
  const until = performance.now() + SILENT_WITHIN_MS
  while ((await db.all(endHolders, leaseKey(schema, lease))).length > 0) {
    if (performance.now() > until) {
      throw new Error(`expected PostgreSQL to end the connection of node lease ${lease}, got one that goes on`)
    }
    await new Promise((resolve) => setTimeout(resolve, SILENT_EVERY_MS))
  }
}
