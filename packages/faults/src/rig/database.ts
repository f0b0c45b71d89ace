/** What is in the store once its process has ended: two SQLites of one process must never share a file. */
import { faultHttp } from '../system/fault-http.ts'
import { createEngine } from '@signalbox/engine'
import { embedded } from '@signalbox/engine/embedded'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { MessageState } from '@signalbox/contracts'

export interface StoredMessage {
  id: number
  token: string
  state: MessageState
}

export interface Stored {
  messages: StoredMessage[]
  /** `ok`, or what SQLite found. */
  integrity: string
  /** Null when the deep check adds up. */
  imbalance: string | null
}

export async function readStore(folder: string): Promise<Stored> {
  const { messages, integrity } = readRows(folder)
  return { messages, integrity, imbalance: await imbalanceOf(folder) }
}

function readRows(folder: string): Pick<Stored, 'messages' | 'integrity'> {
  const database = new DatabaseSync(join(folder, 'signalbox.db'))
  try {
    const integrity = database.prepare('PRAGMA integrity_check').all()
    return {
      integrity: integrity.map((row) => Object.values(row).join(' ')).join('; '),
      messages: database
        .prepare('SELECT record_id AS id, recipient AS token, status AS state FROM message_records')
        .all() as unknown as StoredMessage[],
    }
  } finally {
    database.close()
  }
}

/** The engine's own check, on an engine that never sends. */
async function imbalanceOf(folder: string): Promise<string | null> {
  const engine = await createEngine({ driver: embedded({ folder }), adapters: [faultHttp()] })
  try {
    const { balanced, accepted, byState, offendingIds } = await engine.stats.conservation({ deep: true })
    return balanced ? null : JSON.stringify({ accepted, byState, offendingIds })
  } finally {
    await engine.stop()
  }
}
