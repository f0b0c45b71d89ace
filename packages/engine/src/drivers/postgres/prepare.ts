/** A schema made ready, by one process at a time. */
import pg from 'pg'
import { configOf, NO_DEADLINES, type Place } from './connect.ts'
import { assertMoved } from './moved-folder.ts'
import { holdPreparation } from './session-locks.ts'

/** On a connection without deadlines: a step over a large store takes as long as it takes. */
export async function whilePreparing<T>(place: Place, prepare: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...configOf(place, 'migration'), ...NO_DEADLINES })
  // What was asked on it fails; without a listener its loss would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await holdPreparation(client, place.schema)
    await assertMoved(client, place.schema)
    return await prepare(client)
  } finally {
    await client.end()
  }
}
