/** Emptying the write-ahead log into the database while the writer goes on, on a connection of its own. */
import { dirname } from 'node:path'
import { openDatabase, type Db } from '../database.ts'

/** Closes with `close`; `db` is the connection that the thread reads on. */
export function openLog(db: Db) {
  let own: Db | null = null
  return {
    operations: {
      /** What readers still look at, and what is written meanwhile, stays for the next time. */
      empty(): void {
        own ??= openDatabase(dirname(db.name), 'write')
        own.pragma('wal_checkpoint(PASSIVE)')
      },
    },
    close: () => own?.close(),
  }
}

export type LogOperations = ReturnType<typeof openLog>['operations']
