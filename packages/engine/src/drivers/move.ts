/**
 * Carries a data folder into PostgreSQL. The folder is only read. What was carried, and how far, is committed together, so that a
 * run that was cut off is gone on with; at the end both sides are compared row by row before the schema may be used.
 */
import { MOVED, NOT_MOVED, NOT_MOVED_COLUMNS, type MovedTable, type Part } from './moved-tables.ts'
import { DEFAULT_SCHEMA } from './postgres.ts'
import { openReceiver, received, type Column, type Receiver } from './postgres/moved-folder.ts'
import { rowDigest, type Row, type RowDigest } from './shared/row-digest.ts'
import { openFolder, type Folder, type Key } from './sqlite/folder.ts'

export interface MoveOptions {
  folder: string
  /** Of PostgreSQL. */
  url: string
  schema?: string
  /** Hears how far it has come. */
  onProgress(line: string): void
  /** Rows at a time. */
  page?: number
  /** Rows between two lines about one table. */
  tellEvery?: number
}

const PAGE = 1_000
const TELL_EVERY = 100_000

/** Both sides of a move. */
interface Move {
  folder: Folder
  receiver: Receiver
  page: number
  tellEvery: number
  onProgress(line: string): void
}

/** Gives the number of rows that stand in PostgreSQL. Throws with one line when it cannot be done, or something differs. */
export async function moveToPostgres(options: MoveOptions): Promise<{ rows: number }> {
  const { url, schema = DEFAULT_SCHEMA, onProgress, page = PAGE, tellEvery = TELL_EVERY } = options
  const folder = openFolder(options.folder)
  try {
    const receiver = await openReceiver(
      { url, schema },
      MOVED.map(({ table }) => table),
      folder,
    )
    const move = { folder, receiver, page, tellEvery, onProgress }
    try {
      await assertKnown(folder, receiver.columns)
      for (const of of MOVED) await carryTable(move, of)
      onProgress('Comparing both sides')
      let rows = 0
      for (const of of MOVED) rows += await compareTable(move, of)
      await receiver.finish(folder.lastId(), folder.sequences())
      return { rows }
    } finally {
      await receiver.close()
    }
  } finally {
    folder.close()
  }
}

/** Every table and column of a folder has its place, or is said to have none. */
export async function assertKnown(
  folder: Pick<Folder, 'tables' | 'months' | 'days'>,
  columnsOf: Receiver['columns'],
): Promise<void> {
  const placed = new Map<string, Set<string>>()
  for (const { table, parts } of MOVED) {
    const columns = await columnsOf(table)
    for (const part of parts(folder)) {
      const names = placed.get(part.from) ?? new Set()
      placed.set(part.from, names)
      for (const { name } of columns) names.add(String(part.columns?.[name] ?? name))
    }
  }
  for (const { name, columns } of folder.tables()) {
    if (NOT_MOVED.some((of) => of.name.test(name)) || isOnItsWayOut(name, folder)) continue
    const without = columns.filter(
      (column) => !placed.get(name)?.has(column) && !NOT_MOVED_COLUMNS[name]?.includes(column),
    )
    if (without.length === 0) continue
    throw new Error(`expected to know where ${without.join(', ')} of ${name} goes in PostgreSQL, got no place for it`)
  }
}

/** Retention has begun to remove it, or is about to. */
function isOnItsWayOut(table: string, { months, days }: Pick<Folder, 'months' | 'days'>): boolean {
  const [, name] = /^(?:messages|states|traces|receipts)_(\d+)$/.exec(table) ?? []
  return name !== undefined && !months.includes(name) && !days.includes(name)
}

/** What is read of a part for each column of PostgreSQL, in their order. */
function selection(folder: Folder, { table }: MovedTable, part: Part, columns: readonly Column[]): string[] {
  const there = folder.columns(part)
  return columns.map(({ name }) => {
    const from = part.columns?.[name] ?? name
    if (typeof from === 'string' && !there.includes(from)) {
      throw new Error(`expected ${part.name} of the data folder to have a column ${from} for ${table}, got none`)
    }
    return typeof from === 'string' ? `"${from}"` : String(from)
  })
}

async function carryTable(move: Move, of: MovedTable): Promise<void> {
  const { folder, receiver, page, onProgress } = move
  const columns = await receiver.columns(of.table)
  for (const part of of.parts(folder)) {
    let progress = await receiver.progress(part.name)
    if (progress.done) continue
    const select = selection(folder, of, part, columns)
    const total = folder.count(part)
    const tell = teller(move, (rows) => `${part.name}: ${rows} of ${total} rows`, progress.rows)
    while (!progress.done) {
      const { rows, last } = folder.page(part, select, progress.after, page)
      progress = { after: last, rows: progress.rows + rows.length, done: last === null }
      try {
        await receiver.put(
          of.table,
          columns,
          part.name,
          rows.map((row) => become(row, columns, of)),
          progress,
        )
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new Error(`expected PostgreSQL to take the rows of ${part.name}, got: ${why}`, { cause })
      }
      tell(rows.length)
    }
    if (total > 0) onProgress(`${part.name}: ${total} rows`)
  }
}

function become(
  row: readonly (string | number | Uint8Array | null)[],
  columns: readonly Column[],
  of: MovedTable,
): Row {
  return columns.map(({ name, type }, i) => {
    const value = received(row[i] ?? null, type)
    const change = of.changed?.[name]
    return change && (value === null || typeof value === 'string') ? change(value) : value
  })
}

async function compareTable(move: Move, of: MovedTable): Promise<number> {
  const { receiver } = move
  const columns = await receiver.columns(of.table)
  const tell = (where: string) => teller(move, (rows) => `${of.table}: ${rows} rows compared ${where}`)
  const here = digestOf(move, of, columns, tell('in the data folder'))
  const there = await receiver.digest(of.table, columns, tell('in PostgreSQL'))
  if (here.rows !== there.rows) {
    throw new Error(
      `expected ${of.table} to have ${here.rows} rows in PostgreSQL, got ${there.rows}: drop the schema and begin anew`,
    )
  }
  if (here.sum !== there.sum) {
    throw new Error(
      `expected ${of.table} in PostgreSQL to be what it is in the data folder, got rows that differ: drop the schema and begin anew`,
    )
  }
  return there.rows
}

/** Hears of some rows more, and says once in a while how many that makes. */
function teller({ tellEvery, onProgress }: Move, line: (rows: number) => string, before = 0): (more: number) => void {
  let rows = before
  let told = before
  return (more) => {
    rows += more
    if (rows - told < tellEvery) return
    told = rows
    onProgress(line(rows))
  }
}

function digestOf(
  { folder, page }: Move,
  of: MovedTable,
  columns: readonly Column[],
  tell: (more: number) => void,
): RowDigest {
  const digest = rowDigest()
  for (const part of of.parts(folder)) {
    const select = selection(folder, of, part, columns)
    for (let after: Key | null = null; ;) {
      const { rows, last } = folder.page(part, select, after, page)
      for (const row of rows) digest.add(become(row, columns, of))
      tell(rows.length)
      if (last === null) break
      after = last
    }
  }
  return digest
}
