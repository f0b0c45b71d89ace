/** A schema made ready for one engine: its tables, its defaults, and what a crash left in memory alone. */
import pg from 'pg'
import type { SettingsDefaults } from '../../settings/store.ts'
import { configOf, type Place, type Session } from './connect.ts'
import { migrate } from './migrate.ts'
import { seed } from './operations/settings.ts'
import { restoreResidents } from './operations/queue.ts'

/** On a connection without deadlines: a step over a large store takes as long as it takes. The session holds the schema. */
export async function prepareSchema(session: Session, place: Place, defaults: SettingsDefaults): Promise<void> {
  const client = new pg.Client({ ...configOf(place, 'migration', 0), query_timeout: 0, lock_timeout: 0 })
  await client.connect()
  try {
    await migrate(client, place.schema)
  } finally {
    await client.end()
  }
  await session.client.query('BEGIN')
  await seed(session.db, defaults)
  await restoreResidents(session.db)
  await session.client.query('COMMIT')
}
