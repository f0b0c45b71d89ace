import type { DriverName } from '../../src/driver.ts'
import { SETTINGS_DEFAULTS } from '../../src/settings/defaults.ts'
import { storesOf } from '../support/stores.ts'
import type { Dialect, OpenDriver } from './support.ts'

/** Opens a driver on an empty store of its own, with a shell on the same data. */
function opener(name: DriverName, dialect: Dialect): OpenDriver {
  const stores = storesOf(name)
  const openOne = async () => {
    const place = stores.make()
    const open = () =>
      stores.driverAt(place).open({
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
      sql: (statement: string) => stores.sql(place, statement),
      async reopen() {
        await store.close()
        store = await open()
        return store
      },
      async close() {
        await store.close()
        await stores.remove(place)
      },
    }
  }
  return Object.assign(openOne, { dialect })
}

const LEFT_OUT = "system_config VALUES ('yours', 'w', 'display', '', 'string', NULL)"

/** Its columns take any type, and a name may be nothing. */
const SQLITE: Dialect = {
  leases: 'caller',
  settingsChanges: [
    [
      'a row put in place of another',
      "REPLACE INTO system_config VALUES ('yours', 'z', 'display', '', 'string', NULL)",
    ],
    ['an insert that is left out', `INSERT OR IGNORE INTO ${LEFT_OUT}`],
    ['a value of any type', "UPDATE thread_pool_configs SET max_pool_size = x'00ff', queue_capacity = 9e999"],
    ['a name of any type', "INSERT INTO thread_pool_configs VALUES (x'00ff', 1, 2, 80, 20, 10)"],
    ['a name that is nothing', "INSERT INTO system_config VALUES (NULL, 'x', 'display', '', 'string', NULL)"],
  ],
  wrongSetting: {
    statement: "UPDATE thread_pool_configs SET max_pool_size = 'many' WHERE pool_name = 'ai_processor'",
    read: { pool_name: 'ai_processor', max_pool_size: 'many' },
  },
  removedAtOnce: 10,
}

/** Its columns have types, and a partition goes as a whole. */
const POSTGRES: Dialect = {
  leases: 'caller',
  settingsChanges: [
    ['an insert that is left out', `INSERT INTO ${LEFT_OUT} ON CONFLICT DO NOTHING`],
    ['a number that is none', "UPDATE thread_pool_configs SET scale_up_threshold = 'Infinity', queue_capacity = -1"],
    [
      'several rows at once',
      "INSERT INTO thread_pool_configs VALUES ('a b', 1, 2, 80, 20, 10), ('“c”', 1, 2, 80, 20, 10)",
    ],
  ],
  wrongSetting: {
    statement: "UPDATE thread_pool_configs SET max_pool_size = -1 WHERE pool_name = 'ai_processor'",
    read: { pool_name: 'ai_processor', max_pool_size: -1 },
  },
  removedAtOnce: 60,
}

/** How the suite opens each driver on an empty store of its own. */
export const DRIVERS: Record<DriverName, OpenDriver> = {
  embedded: opener('embedded', SQLITE),
  postgres: opener('postgres', POSTGRES),
  distributed: opener('distributed', { ...POSTGRES, leases: 'server' }),
}
