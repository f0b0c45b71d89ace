/** Connections, with the settings that the store's promises rest on, and what is asserted of the server. */
import pg from 'pg'
import { readChange, type StoreChange } from '../../nodes/changes.ts'
import { changesChannel } from './schema/changes.ts'
import { settingsChannel } from './schema/settings.ts'
import { dbOf, type Db } from './statement.ts'

export interface Place {
  url: string
  schema: string
}

const OLDEST_SERVER = 150_000
const CONNECT_MS = 5_000
/** The server ends a statement before the client gives up its connection. */
export const STATEMENT_MS = 10_000
const LOCK_MS = 5_000
/**
 * A process that stands still in the middle of a transaction is in the way of others with all that it has locked: the server undoes
 * it then, before they could end the node. Longer than a round trip of the slowest network that is worked with (2 s each way).
 */
const STANDS_STILL_MS = 7_000
const GRACE_MS = 5_000

const INT8 = 20
const NUMERIC = 1700
/** Ids and sums are integers that JavaScript holds exactly. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 || oid === NUMERIC ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
}

/** What they ask is by key; a plan that reads a whole month, of which the planner knows nothing yet, must never be taken for one that is not. */
const BY_KEY: readonly Role[] = ['writer', 'lookups']
const PLANS_BY_KEY = '-c enable_hashjoin=off -c enable_mergejoin=off -c enable_seqscan=off'

type Role = 'writer' | 'lookups' | 'searches' | 'migration' | 'move'

export function configOf({ url, schema }: Place, role: Role, statementMs = STATEMENT_MS): pg.ClientConfig {
  return {
    connectionString: url,
    types,
    application_name: `signalbox ${role} ${schema}`,
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: statementMs,
    lock_timeout: LOCK_MS,
    idle_in_transaction_session_timeout: STANDS_STILL_MS,
    query_timeout: statementMs + GRACE_MS,
    options: `-c search_path=${schema} -c synchronous_commit=on -c jit=off ${BY_KEY.includes(role) ? PLANS_BY_KEY : ''}`,
  }
}

/** For what may take as long as it takes, and may wait for its process in between. */
export const NO_DEADLINES = {
  statement_timeout: 0,
  lock_timeout: 0,
  idle_in_transaction_session_timeout: 0,
  query_timeout: 0,
} as const satisfies pg.ClientConfig

interface ServerProcess {
  pid: number
  startedAt: string
}

/** One connection that answers what it is asked in order, however much of it is under way. */
export interface Session {
  readonly db: Db
  readonly client: pg.Client
  /** Its process at the server. */
  readonly process: ServerProcess
  /** That it holds: for which it writes. */
  readonly lease: number
  readonly lost: boolean
  /** Ends it at once, whatever is under way. */
  destroy(): void
  close(): Promise<void>
}

export interface SessionEvents {
  /** Others have written, or the settings changed, whoever did that. */
  onChanged(change: StoreChange): void
  /** Once, when the connection is gone and was not closed by us. */
  onLost(error: Error): void
}

const END_PROCESS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND backend_start::text = $2`

/** The one connection that writes, and listens. `enter` takes the locks under which it may, and tells the lease that is held. */
export async function connectWriter(
  place: Place,
  events: SessionEvents,
  enter: (client: pg.Client) => Promise<number>,
  before?: ServerProcess,
): Promise<Session> {
  const client = new pg.Client({ ...configOf(place, 'writer'), pipeline: true })
  let lost = false
  let closing = false
  function lose(error: Error): void {
    if (lost) return
    lost = true
    if (!closing) events.onLost(error)
  }
  client.on('error', lose)
  client.on('end', () => lose(new Error('the connection to PostgreSQL ended')))
  let pid = 0
  client.on('notification', ({ channel, payload = '', processId }) => {
    if (channel === settingsChannel(place.schema)) events.onChanged({ kind: 'settings' })
    // What was written through this connection is known here.
    else if (processId !== pid) events.onChanged(readChange(payload))
  })
  const destroy = () => {
    lose(new Error('the connection to PostgreSQL was given up'))
    // Not part of the client's types: the one way to end a connection whose other end does not answer.
    ;(client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
  }
  await client.connect()
  try {
    const server = await assertServer(client)
    pid = server.pid
    // Ours from before may still hold its locks, and a transaction, with nobody at its other end.
    if (before) await client.query(END_PROCESS, [before.pid, before.startedAt])
    const lease = await enter(client)
    await client.query(`LISTEN "${settingsChannel(place.schema)}"; LISTEN "${changesChannel(place.schema)}"`)
    return {
      ...{ client, lease, process: server },
      db: dbOf((query) => client.query(query)),
      get lost() {
        return lost
      },
      destroy,
      async close() {
        closing = true
        await client.end()
      },
    }
  } catch (error) {
    closing = true
    await client.end()
    throw error
  }
}

export async function assertServer(client: pg.Client): Promise<ServerProcess> {
  const { rows } = await client.query<Record<string, string>>(
    `SELECT current_setting('server_version_num') AS version, current_setting('server_version') AS shown,
       current_setting('synchronous_commit') AS commit, current_setting('fsync') AS fsync, pg_is_in_recovery()::text AS standby,
       current_setting('server_encoding') AS encoding, pid::text, backend_start::text AS started_at
     FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
  )
  const [facts] = rows
  if (!facts) throw new Error('expected PostgreSQL to tell its version, got nothing')
  if (Number(facts['version']) < OLDEST_SERVER) {
    throw new Error(`expected PostgreSQL ${OLDEST_SERVER / 10_000} or newer, got ${facts['shown']}`)
  }
  expected('to take writes', facts['standby'] === 'false', 'a standby')
  expected('to have the encoding UTF8', facts['encoding'] === 'UTF8', String(facts['encoding']))
  expected('to have synchronous_commit=on', facts['commit'] === 'on', String(facts['commit']))
  expected('to have fsync=on, without which a power cut loses what was acknowledged', facts['fsync'] === 'on', 'off')
  return { pid: Number(facts['pid']), startedAt: String(facts['started_at']) }
}

function expected(what: string, is: boolean, got: string): void {
  if (!is) throw new Error(`expected PostgreSQL ${what}, got ${got}`)
}
