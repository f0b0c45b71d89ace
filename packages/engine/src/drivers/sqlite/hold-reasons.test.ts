import { describe, expect, it } from 'vitest'
import { accepted, entryOf, HOUR, T0 } from '../../../test/conformance/support.ts'
import { temporaryFolder } from '../../../test/support/engine.ts'
import { SETTINGS_DEFAULTS } from '../../settings/defaults.ts'
import { embedded } from '../embedded.ts'
import { openDatabase } from './database.ts'
import { addHoldReasons } from './hold-reasons.ts'

const open = (folder: string) =>
  embedded({ folder }).open({
    defaults: SETTINGS_DEFAULTS,
    onCommitUnknown(error) {
      throw error
    },
  })

/** As it was before the reason stood beside the time, and moved again. */
function moveAgain(folder: string): void {
  const db = openDatabase(folder, 'write')
  db.exec('DROP INDEX queue_delays_held; ALTER TABLE queue_delays DROP COLUMN held_for')
  addHoldReasons(db)
  db.close()
}

describe('a data folder of before the reasons of holds', () => {
  it('has what is held woken by its reason, and nothing else', async () => {
    const folder = temporaryFolder()
    const before = await open(folder)
    const message = await accepted(before)
    await before.messages.hold({ entry: entryOf(message), reason: 'rate_limit', dueAt: T0 + HOUR, now: T0 })
    await accepted(before, { dueAt: T0 + HOUR })
    await before.close()
    moveAgain(folder)

    const store = await open(folder)
    expect(await store.queue.wake('rate_limit', T0, 10)).toBe(1)
    expect((await store.queue.promote(T0, 10)).records.map(({ id }) => id)).toEqual([message.id])
    await store.close()
  })
})
