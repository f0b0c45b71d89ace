/** What is in the store once its processes have ended: two SQLites of one process must never share a file. */
import { faultHttp } from '../system/fault-http.ts'
import { createEngine } from '@signalbox/engine'
import { query } from '@signalbox/engine/test-services'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { MessageState } from '@signalbox/contracts'
import { driverAt, type Place } from './place.ts'

export interface StoredMessage {
  id: number
  token: string
  state: MessageState
}

export interface Stored {
  messages: StoredMessage[]
  /** `ok`, or what the database found wrong with itself. */
  integrity: string
  /** Null when the deep check adds up. */
  imbalance: string | null
}

const databaseOf = (place: Exclude<Place, { kind: 'folder' }>): string =>
  place.kind === 'postgres' ? place.url : place.databaseUrl

export async function readStore(place: Place): Promise<Stored> {
  const { messages, integrity } = place.kind === 'folder' ? readFile(place.folder) : await readSchema(databaseOf(place))
  return { messages, integrity, imbalance: await imbalanceOf(place) }
}

const MESSAGES = 'SELECT record_id AS id, recipient AS token, status AS state FROM'

function readFile(folder: string): Pick<Stored, 'messages' | 'integrity'> {
  const database = new DatabaseSync(join(folder, 'signalbox.db'))
  try {
    const integrity = database.prepare('PRAGMA integrity_check').all()
    return {
      integrity: integrity.map((row) => Object.values(row).join(' ')).join('; '),
      messages: database.prepare(`${MESSAGES} message_records`).all() as unknown as StoredMessage[],
    }
  } finally {
    database.close()
  }
}

/** Every index against its table, every row in its index. */
const CHECK = `
  SELECT count(bt_index_check(index.oid, true)) FROM pg_class AS index
  JOIN pg_namespace AS schema ON schema.oid = index.relnamespace JOIN pg_am AS method ON method.oid = index.relam
  WHERE schema.nspname = 'signalbox' AND index.relkind = 'i' AND method.amname = 'btree'`

async function readSchema(url: string): Promise<Pick<Stored, 'messages' | 'integrity'>> {
  const rows = await query(url, `${MESSAGES} signalbox.message_records`)
  await query(url, 'CREATE EXTENSION IF NOT EXISTS amcheck')
  const integrity = await query(url, CHECK).then(
    () => 'ok',
    (error: unknown) => String(error),
  )
  return {
    integrity,
    messages: rows.map(({ id, token, state }) => ({
      ...{ id: Number(id), token: String(token), state: state as MessageState },
    })),
  }
}

/** The engine's own check, on an engine that never sends. */
async function imbalanceOf(place: Place): Promise<string | null> {
  const engine = await createEngine({ driver: driverAt(place), adapters: [faultHttp()] })
  try {
    const { balanced, accepted, byState, offendingIds } = await engine.stats.conservation({ deep: true })
    return balanced ? null : JSON.stringify({ accepted, byState, offendingIds })
  } finally {
    await engine.stop()
  }
}
