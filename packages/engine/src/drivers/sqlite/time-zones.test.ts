import { expect, it } from 'vitest'
import { accepted } from '../../../test/conformance/support.ts'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { embedded } from '../embedded.ts'
import { openDatabase } from './database.ts'
import { addTimeZones } from './time-zones.ts'

const open = (folder: string) =>
  embedded({ folder }).open({
    defaults: { threadPools: [], rateLimits: [], system: [] },
    onCommitUnknown: () => undefined,
  })

it('keeps the messages of a data folder of before the zones of recipients, and takes new ones', async () => {
  const folder = temporaryFolder()
  const before = await open(folder)
  const { id } = await accepted(before)
  await before.close()
  const db = openDatabase(folder, 'write')
  db.exec('ALTER TABLE messages_202601 DROP COLUMN time_zone')
  addTimeZones(db)
  // Nothing is left to do.
  addTimeZones(db)
  db.close()

  const store = await open(folder)
  expect(await store.messages.get(id)).toMatchObject({ id, timeZone: null })
  const { id: next } = await accepted(store, { timeZone: 'Asia/Tokyo' })
  expect(await store.messages.get(next)).toMatchObject({ timeZone: 'Asia/Tokyo' })
  await store.close()
})
