/** A data folder that is only read, while nobody else has it. */
import { existsSync, realpathSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { holdFolder, openDatabase } from './database.ts'
import { isResident } from './partition-tables.ts'
import { MIGRATIONS } from './schema.ts'

type Stored = string | number | Buffer | null
/** Keys are no bytes. */
export type Key = (string | number | null)[]

/** Rows that are read in the order of a key. */
export interface Rows {
  /** What stands behind FROM: a table or a selection. */
  from: string
  key: readonly string[]
}

export interface Folder {
  /** Where it is, and what of it changes with every write. */
  readonly path: string
  readonly state: string
  /** Names of partitions, oldest first; without those on their way out. */
  readonly months: readonly string[]
  readonly days: readonly string[]
  tables(): { name: string; columns: string[] }[]
  columns(of: Rows): string[]
  count(of: Rows): number
  /** Up to `limit` rows after a key, each with its key. */
  page(of: Rows, select: readonly string[], after: Key | null, limit: number): Page
  /** The largest id that was given out, whatever became of it. */
  lastId(): number
  /** The last number of tables that never give one out twice. */
  sequences(): Map<string, number>
  close(): void
}

export interface Page {
  rows: Stored[][]
  /** Of the last row; null when there are no more. */
  last: Key | null
}

/** Waiting messages of a month that stand nowhere but among the messages. */
export const residentsOf = (month: string): string =>
  `(SELECT 'message.send' AS queue, m.priority AS priority, m.channel || '/' || m.flow AS lane, m.id AS id
    FROM messages_${month} m WHERE ${isResident(month)})`

/** Throws for what is no data folder of this version, or that a process has. */
export function openFolder(folder: string): Folder {
  const file = join(folder, 'signalbox.db')
  if (!existsSync(file)) throw new Error(`expected the data folder ${folder} to hold signalbox.db, got none`)
  const hold = holdFolder(folder)
  try {
    const db = openDatabase(folder, 'read')
    const version = db.pragma('user_version', { simple: true }) as number
    if (version !== MIGRATIONS.length) {
      db.close()
      throw new Error(
        `expected the data folder to have schema version ${MIGRATIONS.length}, got ${version}: ` +
          'start Signalbox of this version on it once, and stop it',
      )
    }
    const named = (kind: string) =>
      db
        .prepare<[string], string>('SELECT name FROM partitions WHERE kind = ? AND retired = 0 ORDER BY from_key')
        .pluck()
        .all(kind)
    const number = (sql: string) => db.prepare<[], number | null>(sql).pluck().get() ?? 0
    const columns = ({ from }: Rows) =>
      db
        .prepare(`SELECT * FROM ${from} LIMIT 0`)
        .columns()
        .map(({ name }) => name)
    const months = named('month')
    return {
      path: realpathSync(folder),
      state: stateOf(file),
      months,
      days: named('day'),
      tables: () =>
        db
          .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
          .pluck()
          .all()
          .map((name) => ({ name, columns: columns({ from: name, key: [] }) })),
      columns,
      count: ({ from }) => number(`SELECT count(*) FROM ${from}`),
      page({ from, key }, select, after, limit) {
        const keys = key.join(', ')
        const beyond = after === null ? '' : `WHERE (${keys}) > (${key.map(() => '?').join(', ')})`
        const rows = db
          .prepare<Stored[], Stored[]>(
            `SELECT ${select.join(', ')}, ${keys} FROM ${from} ${beyond} ORDER BY ${keys} LIMIT ${limit}`,
          )
          .raw()
          .all(...(after ?? []))
        const last = rows.length < limit ? null : ((rows.at(-1)?.slice(select.length) as Key | undefined) ?? null)
        return { rows: rows.map((row) => row.slice(0, select.length)), last }
      },
      lastId: () =>
        Math.max(
          number('SELECT id - 1 FROM resident_mark'),
          ...['tasks', 'jobs', 'bulk_actions', ...months.map((month) => `messages_${month}`)].map((table) =>
            number(`SELECT max(id) FROM ${table}`),
          ),
        ),
      sequences: () => new Map(db.prepare<[], [string, number]>('SELECT name, seq FROM sqlite_sequence').raw().all()),
      close() {
        db.close()
        hold.release()
      },
    }
  } catch (error) {
    hold.release()
    throw error
  }
}

/** Nobody writes the file, nor its log, without changing this. */
function stateOf(file: string): string {
  const of = (path: string) => {
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat && stat.size > 0 ? `${stat.size}@${stat.mtimeMs}` : 'none'
  }
  return `${of(file)} ${of(`${file}-wal`)}`
}
