import Database from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { MIGRATIONS, type Migration } from './schema.ts'

export type Db = Database.Database

const FILE = 'signalbox.db'
/** Page cache of a connection: the writer works on the hot ends of a few trees, readers mostly on what the system has cached. */
const CACHE_KIB = { write: 32_768, read: 8_192 } as const
/**
 * 64 MiB. When the write-ahead log is so long the writer empties what `LogKeeper` has not, so that the log can begin anew: beside
 * somebody who writes without a pause nobody else can empty it wholly.
 */
export const LONGEST_LOG_PAGES = 16_384
/** Before 3.51.3 a WAL reset could corrupt the file. */
const OLDEST_SQLITE = [3, 51, 3] as const

/**
 * Opens the store's database with the settings that its promises rest on, and asserts them: WAL alone silently means
 * `synchronous=NORMAL`, with which a power cut loses what was acknowledged.
 */
export function openDatabase(folder: string, mode: 'write' | 'read', busyTimeoutMs = 5_000): Db {
  makeFolder(folder)
  const db = new Database(join(folder, FILE), { readonly: mode === 'read', timeout: busyTimeoutMs })
  assertVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string)
  if (mode === 'write') {
    db.pragma('journal_mode = WAL')
    db.pragma(`wal_autocheckpoint = ${LONGEST_LOG_PAGES}`)
  }
  db.pragma('synchronous = FULL')
  db.pragma('temp_store = MEMORY')
  db.pragma(`cache_size = -${CACHE_KIB[mode]}`)
  assertPragma(db, 'journal_mode', 'wal')
  assertPragma(db, 'synchronous', 2)
  return db
}

/** Brings the tables to the newest shape; each migration is one transaction. Refuses a database from the future. */
export function migrate(db: Db): void {
  const current = db.pragma('user_version', { simple: true }) as number
  if (current > MIGRATIONS.length) {
    throw new Error(
      `expected the data folder to have schema version ${MIGRATIONS.length} or lower, got ${current}: it was written by a newer Signalbox`,
    )
  }
  for (let version = current; version < MIGRATIONS.length; version++) {
    db.transaction(() => {
      const migration = MIGRATIONS[version] as Migration
      if (typeof migration === 'string') db.exec(migration)
      else migration(db)
      db.pragma(`user_version = ${version + 1}`)
    }).immediate()
  }
}

/**
 * Holds the folder for this process by an exclusive lock on a file beside the database. The kernel lets it go when the
 * process dies, however it dies.
 */
export function holdFolder(folder: string): { release(): void } {
  makeFolder(folder)
  const lock = new Database(join(folder, 'signalbox.lock'), { timeout: 0 })
  try {
    lock.pragma('journal_mode = DELETE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new Error(`expected the data folder ${folder} to be free, got one that another Signalbox process holds`, {
      cause,
    })
  }
  return {
    release() {
      if (lock.open) lock.close()
    },
  }
}

/** What people are sent lies in it: where it is made anew it is its owner's alone. */
function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
}

function assertPragma(db: Db, name: string, expected: unknown): void {
  const got = db.pragma(name, { simple: true })
  if (got !== expected) throw new Error(`expected SQLite's ${name} to be ${String(expected)}, got ${String(got)}`)
}

function assertVersion(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [i, least] of OLDEST_SQLITE.entries()) {
    const part = parts[i] ?? 0
    if (part > least) return
    if (part < least) throw new Error(`expected SQLite ${OLDEST_SQLITE.join('.')} or newer, got ${version}`)
  }
}
