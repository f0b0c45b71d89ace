/** Reads, on connections of their own: they never wait for a write. */
import pg from 'pg'
import { EngineError } from '../../errors.ts'
import { configOf, STATEMENT_MS, type Place } from './connect.ts'
import { endsConnection, notNow } from './problems.ts'
import { dbOf, type Ask, type Db } from './statement.ts'

export interface Reader {
  /** Look-ups: answered in the order in which they were asked, however many are under way. */
  readonly db: Db
  /** What may take its time: each for itself. */
  readonly searches: Db
  /** Several reads of one moment. */
  snapshot<T>(read: (db: Db) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Of snapshots: searches and statistics may look through a month. */
const CONNECTIONS = 4
const SEARCH_MS = 60_000

export function openReader(place: Place): Reader {
  const lookups = openLookups(place)
  const pool = new pg.Pool({ ...configOf(place, 'searches', SEARCH_MS), max: CONNECTIONS, allowExitOnIdle: true })
  // An idle connection that is lost is not missed: the next read opens another.
  pool.on('error', () => undefined)
  // Nor is one in use: what was asked on it fails. Nobody else listens to it between the questions of a snapshot.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return {
    db: dbOf(lookups.ask),
    searches: dbOf((query) => pool.query(query).catch(unreachable)),
    async snapshot(read) {
      const client = await pool.connect().catch(unreachable)
      let broken = true
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
        const result = await read(dbOf((query) => client.query(query)))
        await client.query('COMMIT')
        broken = false
        return result
      } catch (error) {
        return unreachable(error)
      } finally {
        client.release(broken)
      }
    },
    async close() {
      await Promise.all([lookups.close(), pool.end()])
    },
  }
}

/** One connection for all look-ups, opened again after it was lost by whoever asks next. */
function openLookups(place: Place): { ask: Ask; close(): Promise<void> } {
  let open: Promise<pg.Client> | null = null

  function connect(): Promise<pg.Client> {
    const client = new pg.Client({ ...configOf(place, 'lookups', STATEMENT_MS), pipeline: true })
    const connecting = client.connect().then(() => client)
    function forget(): void {
      if (open === connecting) open = null
    }
    client.on('error', forget)
    client.on('end', forget)
    connecting.catch(forget)
    return connecting
  }

  return {
    async ask(query) {
      try {
        open ??= connect()
        return await (await open).query(query)
      } catch (error) {
        return unreachable(error)
      }
    },
    async close() {
      await (await open?.catch(() => null))?.end()
    },
  }
}

/** What is certainly none of the question's fault may be asked again; all else is told as the server told it. */
function unreachable(error: unknown): never {
  if (error instanceof EngineError) throw error
  const isTold = typeof (error as { severity?: unknown }).severity === 'string' && !endsConnection(error)
  const why = isTold ? notNow(error)?.why : 'expected PostgreSQL to answer, got no connection'
  if (why === undefined) throw error
  throw new EngineError('not_accepting', why, { retryAfterMs: 1_000, cause: error })
}
