import Database from 'better-sqlite3'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DriverName } from '../../src/driver.ts'
import { embedded } from '../../src/drivers/embedded.ts'
import { SETTINGS_DEFAULTS } from '../../src/settings/definitions.ts'
import type { OpenDriver } from './support.ts'

/** How the suite opens each driver on an empty store of its own. */
export const DRIVERS: Record<DriverName, OpenDriver> = {
  async embedded() {
    const folder = mkdtempSync(join(tmpdir(), 'signalbox-'))
    const open = () =>
      embedded({ folder }).open({
        defaults: SETTINGS_DEFAULTS,
        onCommitUnknown(error) {
          throw error
        },
      })
    let store = await open()
    return {
      get store() {
        return store
      },
      async sql(statement) {
        const db = new Database(join(folder, 'signalbox.db'))
        try {
          const prepared = db.prepare<[], Record<string, unknown>>(statement)
          if (prepared.reader) return prepared.all()
          prepared.run()
          return []
        } finally {
          db.close()
        }
      },
      async reopen() {
        await store.close()
        store = await open()
        return store
      },
      async close() {
        await store.close()
        rmSync(folder, { recursive: true, force: true })
      },
    }
  },
}
