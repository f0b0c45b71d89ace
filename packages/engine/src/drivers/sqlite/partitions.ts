/**
 * Tables by time: the records of a month and the traces of a day stand in tables of their own, named by it (UTC). A
 * partition is made by the first write that belongs there, inside that write's transaction; retention takes a whole one
 * away. Records are found by the time inside their id; traces stand under the day on which they were written, so
 * that what was scheduled for months ahead keeps its trace as long as any other.
 */
import { firstIdAt, timeOfId } from '../../ids.ts'
import type { Db } from './database.ts'
import { dayTables, monthTables, recordsView } from './partition-tables.ts'

export type PartitionKind = 'month' | 'day'

export interface Partition {
  /** `202601` or `20260115`: the end of its tables' names. */
  name: string
  /** Keys from here (ids of a month, epoch ms of a day) … */
  from: number
  /** … to before here. */
  to: number
}

export interface PartitionSeries {
  /** What is prepared once per partition, for the one that holds the key; made when it does not exist yet. */
  writing<T>(prepare: (name: string, partition: Partition) => T): (key: number) => T
  /** The same, or null where there is no such partition. */
  reading<T>(prepare: (name: string, partition: Partition) => T): (key: number) => T | null
  /** Newest first; without those on their way out. */
  list(): Partition[]
  /** On their way out: nothing is read from them any more. */
  retired(): Partition[]
  /** Takes it out of every reading; its tables are still to be emptied and dropped. */
  retire(name: string): void
  /** Drops its (empty) tables. */
  drop(name: string): void
}

export interface Partitions {
  /** Of records: the keys are ids. */
  months: PartitionSeries
  /** Of traces: the keys are epoch ms. */
  days: PartitionSeries
  /** What was made or dropped since the last commit is undone with its transaction. */
  clear(): void
}

interface KindOf {
  kind: PartitionKind
  /** A write takes it back from retention: the clock was put back. Ids never fall, so no message is written to a month that went. */
  comesBack: boolean
  partitionOf(key: number): Partition
  tables(name: string): { create: string; names: string[] }
}

const MONTH: KindOf = {
  kind: 'month',
  comesBack: false,
  partitionOf(id) {
    const date = new Date(timeOfId(id))
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()]
    return {
      name: `${year}${String(month + 1).padStart(2, '0')}`,
      from: firstIdAt(Date.UTC(year, month)),
      to: firstIdAt(Date.UTC(year, month + 1)),
    }
  },
  tables: monthTables,
}

const DAY_MS = 86_400_000

const DAY: KindOf = {
  kind: 'day',
  comesBack: true,
  partitionOf(at) {
    const from = at - (at % DAY_MS)
    return { name: new Date(from).toISOString().slice(0, 10).replaceAll('-', ''), from, to: from + DAY_MS }
  },
  tables: dayTables,
}

export function openPartitions(db: Db): Partitions {
  const all = db.prepare<[PartitionKind, 0 | 1], Partition>(
    `SELECT name, from_key AS "from", to_key AS "to" FROM partitions WHERE kind = ? AND retired = ? ORDER BY from_key DESC`,
  )
  const find = db.prepare<[PartitionKind, string], number>('SELECT retired FROM partitions WHERE kind = ? AND name = ?')
  const insert = db.prepare('INSERT INTO partitions (kind, name, from_key, to_key) VALUES (?, ?, ?, ?)')
  const markRetired = db.prepare('UPDATE partitions SET retired = 1 WHERE kind = ? AND name = ?')
  const keep = db.prepare('UPDATE partitions SET retired = 0 WHERE kind = ? AND name = ?')
  const remove = db.prepare('DELETE FROM partitions WHERE kind = ? AND name = ?')
  find.pluck()

  /** Raised when a partition comes or goes: what was prepared is looked up again. */
  let generation = 0

  function series({ kind, comesBack, partitionOf, tables }: KindOf): PartitionSeries {
    const list = () => all.all(kind, 0)

    function changed(): void {
      generation += 1
      if (kind === 'month') db.exec(recordsView(list().map(({ name }) => name)))
    }

    function exists(partition: Partition): boolean {
      return find.get(kind, partition.name) === 0
    }

    function make(partition: Partition): void {
      if (find.get(kind, partition.name) === 1) {
        // What is left of its rows has lost its counts.
        if (!comesBack) throw new Error(`expected ${kind} ${partition.name} to be kept, got one that retention removes`)
        keep.run(kind, partition.name)
        changed()
        return
      }
      db.exec(tables(partition.name).create)
      insert.run(kind, partition.name, partition.from, partition.to)
      changed()
    }

    function prepared<T>(
      prepare: (name: string, partition: Partition) => T,
      onMissing: (partition: Partition) => boolean,
    ) {
      const known = new Map<string, T>()
      let of = generation
      /** Nearly every key falls into the partition of the one before. */
      let last: { partition: Partition; value: T } | null = null
      return (key: number): T | null => {
        if (of !== generation) {
          known.clear()
          last = null
          of = generation
        }
        if (last && key >= last.partition.from && key < last.partition.to) return last.value
        const partition = partitionOf(key)
        let value = known.get(partition.name)
        if (value === undefined) {
          if (!exists(partition) && !onMissing(partition)) return null
          of = generation
          value = prepare(partition.name, partition)
          known.set(partition.name, value)
        }
        last = { partition, value }
        return value
      }
    }

    return {
      writing<T>(prepare: (name: string, partition: Partition) => T) {
        return prepared(prepare, (partition) => {
          make(partition)
          return true
        }) as (key: number) => T
      },
      reading: (prepare) => prepared(prepare, () => false),
      list,
      retired: () => all.all(kind, 1),
      retire(name) {
        markRetired.run(kind, name)
        changed()
      },
      drop(name) {
        for (const table of tables(name).names) db.exec(`DROP TABLE ${table}`)
        remove.run(kind, name)
        changed()
      },
    }
  }

  return {
    months: series(MONTH),
    days: series(DAY),
    clear() {
      generation += 1
    },
  }
}
