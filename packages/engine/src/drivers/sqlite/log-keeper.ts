/**
 * Has the write-ahead log emptied into the database beside the writer. Left to itself SQLite does that within a commit, every
 * thousand pages, and whoever waits for that commit waits for it too; here a reader's thread does, and the writer does only
 * what is left when the log has become long (`LONGEST_LOG_PAGES`), after which it begins anew.
 */
export interface LogKeeper {
  /** The writer ended a transaction. */
  committed(): void
  /** At once: what a full disk has no room for may fit when the log was emptied. */
  empty(): void
}

/** Some ten megabytes under load: what is changed again and again until then is written once. */
const EVERY_COMMITS = 100

/** `emptyLog` may reject: the log is as good as the database, and the next time tries again. */
export function createLogKeeper(emptyLog: () => Promise<unknown>): LogKeeper {
  let commits = 0
  let busy = false

  function empty(): void {
    if (busy) return
    busy = true
    commits = 0
    emptyLog()
      .catch(() => undefined)
      .finally(() => (busy = false))
  }

  return {
    committed() {
      commits += 1
      if (commits >= EVERY_COMMITS) empty()
    },
    empty,
  }
}
