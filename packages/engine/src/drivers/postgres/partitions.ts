/**
 * Partitions are made by the first write that belongs there, in its transaction. A table is made apart and then attached: that
 * waits for no reader, and none waits for it.
 */
import { firstIdAt } from '../../ids.ts'
import { dayOf, monthOf, type Part } from './month.ts'
import { statement, type Db } from './statement.ts'
import { together } from './together.ts'

const SERIES = {
  month: { tables: ['messages', 'states'], partOf: monthOf },
  day: { tables: ['traces', 'receipts'], partOf: dayOf },
} as const
type Kind = keyof typeof SERIES

export interface Partitions {
  /** The name of the month of an id. */
  monthName(id: number): string
  /** Settles when the months of these ids are there; nothing to wait for in nearly every case. */
  months(ids: readonly number[]): Promise<void> | undefined
  /** The same of the day of an instant. */
  day(at: number): Promise<void> | undefined
  /** Oldest first. */
  list(kind: Kind): Promise<Part[]>
  /** Waits until no transaction of another uses it, and lets none use it until this one is over. */
  lock(kind: Kind, name: string): Promise<void>
  /** Takes it away with all its rows. */
  drop(kind: Kind, name: string): Promise<void>
  /** What was made since the last commit is undone with its transaction. */
  clear(): void
}

const children = statement<[string], { name: string }>(
  `SELECT replace(child.relname, $1 || '_', '') AS name FROM pg_inherits
     JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = to_regclass($1) ORDER BY 1`,
)
const makingOf = statement<[string], { held: null }>(
  `SELECT pg_advisory_xact_lock(hashtextextended('signalbox partition ' || $1 || ' of ' || current_schema(), 0)) AS held`,
)
const exists = statement<[string], { found: boolean }>('SELECT to_regclass($1) IS NOT NULL AS found')

export function openPartitions(db: Db): Partitions {
  const known: Record<Kind, Map<string, Promise<void> | null>> = { month: new Map(), day: new Map() }
  /** Nearly every key falls into the partition of the one before. */
  const last: Record<Kind, Part | null> = { month: null, day: null }

  function partOf(kind: Kind, key: number): Part {
    const before = last[kind]
    if (before && key >= before.from && key < before.to) return before
    return (last[kind] = SERIES[kind].partOf(key))
  }

  async function make(kind: Kind, { name, from, to }: Part): Promise<void> {
    const [first] = SERIES[kind].tables
    // Until the commit: another node that needs it too finds it made.
    await db.one(makingOf, first)
    if (!(await db.one(exists, `${first}_${name}`))?.found) {
      for (const table of SERIES[kind].tables) {
        await db.rows(`CREATE TABLE ${table}_${name} (LIKE ${table} INCLUDING ALL)`)
        await db.rows(`ALTER TABLE ${table} ATTACH PARTITION ${table}_${name} FOR VALUES FROM (${from}) TO (${to})`)
      }
    }
    known[kind].set(name, null)
  }

  function need(kind: Kind, key: number): Promise<void> | null {
    const part = partOf(kind, key)
    let ready = known[kind].get(part.name)
    if (ready === undefined) known[kind].set(part.name, (ready = make(kind, part)))
    return ready
  }

  return {
    monthName: (id) => partOf('month', id).name,
    months(ids) {
      const waits = ids.map((id) => need('month', id)).filter((wait) => wait !== null)
      return waits.length > 0 ? together(waits).then(() => undefined) : undefined
    },
    day: (at) => need('day', at) ?? undefined,
    async list(kind) {
      const [first] = SERIES[kind].tables
      return (await db.all(children, first)).map(({ name }) => {
        const at = Date.UTC(Number(name.slice(0, 4)), Number(name.slice(4, 6)) - 1, Number(name.slice(6) || 1))
        return kind === 'day' ? dayOf(at) : monthOf(firstIdAt(at))
      })
    },
    async lock(kind, name) {
      await db.rows(`LOCK TABLE ${SERIES[kind].tables.map((table) => `${table}_${name}`).join(', ')}`)
    },
    async drop(kind, name) {
      for (const table of SERIES[kind].tables) await db.rows(`DROP TABLE ${table}_${name}`)
      this.clear()
    },
    clear() {
      known.month.clear()
      known.day.clear()
    },
  }
}
