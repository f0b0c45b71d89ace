/** Counts the messages of experiments by version, in the transaction of what it counts. Without experiments it writes nothing. */
import type { MessageState } from '@signalbox/contracts'
import { columnsOf, unnest } from './columns.ts'
import { statement, type Db } from './statement.ts'

export interface Arms {
  accepted(id: number, templateId: number, version: number, state: MessageState): void
  moved(id: number, templateId: number, from: MessageState, to: MessageState): void
  /** Counts what was told so far, by the experiments as they stand; null when there is nothing to count. */
  flush(): Promise<void> | null
  /** An experiment was written, or the transaction was undone: what is known is read again. */
  forget(): void
  /** Another node has written an experiment; what was told so far counts. */
  changedElsewhere(): void
}

interface Assigned {
  id: number
  templateId: number
  version: number
  state: MessageState
}
interface Move {
  id: number
  templateId: number
  from: MessageState
  to: MessageState
}

const experiments = statement<[], { template_id: number; running: boolean }>(
  "SELECT template_id, state = 'running' AS running FROM template_experiments WHERE state <> 'ended'",
)
/** Those that stand, until the commit: their end waits for what is counted before it. */
const standing = statement<[string], { template_id: number; running: boolean }>(
  `SELECT template_id, state = 'running' AS running FROM template_experiments
   WHERE template_id = ANY ($1::bigint[]) AND state <> 'ended' ORDER BY template_id FOR SHARE`,
)
const insert = statement<string[]>(
  `INSERT INTO template_experiment_messages (template_id, id, version)
   SELECT * FROM ${unnest({ template_id: 'bigint', id: 'bigint', version: 'integer' })}`,
)
const versions = statement<string[], { id: number; version: number }>(
  `SELECT w.id, m.version FROM ${unnest({ template_id: 'bigint', id: 'bigint' })}
     JOIN template_experiment_messages m ON m.template_id = w.template_id AND m.id = w.id`,
)
const count = statement<[node: number, ...columns: string[]]>(
  `INSERT INTO template_experiment_counts AS kept (node, template_id, version, state, count)
   SELECT $1::smallint, * FROM ${unnest({ template_id: 'bigint', version: 'integer', state: 'text', count: 'bigint' }, 'w', 2)}
   ON CONFLICT (template_id, version, state, node) DO UPDATE SET count = kept.count + excluded.count`,
)

/** @param node the number under which it counts */
export function createArms(db: Db, node: number): Arms {
  /** By template: whether it still takes messages. Null: to be read. */
  let known: Map<number, boolean> | null = null
  /** Readings of them that were begun or overtaken. */
  let reading = 0
  let assigned: Assigned[] = []
  let moves: Move[] = []

  /** Null where it can only be told once they are read. */
  const mayTake = (templateId: number) => !known || known.has(templateId)

  /** Kept unless somebody changes them while they are read. */
  async function readAll(): Promise<Map<number, boolean>> {
    const mine = ++reading
    const read = mapOf(await db.all(experiments))
    if (mine === reading) known = read
    return read
  }

  function forgetKnown(): void {
    known = null
    reading += 1
  }

  async function flush(): Promise<void> {
    const [come, gone] = [assigned, moves]
    assigned = []
    moves = []
    const there = known ?? (await readAll())
    const ids = new Set([...come, ...gone].map(({ templateId }) => templateId).filter((id) => there.has(id)))
    if (ids.size === 0) return
    const [templates] = columnsOf([...ids], (id) => id) as [string]
    const still = mapOf(await db.all(standing, templates))
    const taken = come.filter(({ templateId }) => still.get(templateId))
    const moved = gone.filter(({ templateId }) => still.has(templateId))
    if (taken.length === 0 && moved.length === 0) return
    const columns = [(of: Assigned) => of.templateId, (of: Assigned) => of.id, (of: Assigned) => of.version] as const
    if (taken.length > 0) await db.run(insert, ...columnsOf(taken, ...columns))
    const found = await db.all(
      versions,
      ...columnsOf(
        moved,
        (of) => of.templateId,
        (of) => of.id,
      ),
    )
    const versionOf = new Map(found.map(({ id, version }) => [id, version]))
    const counts = new Map<string, { templateId: number; version: number; state: string; by: number }>()
    const add = (templateId: number, version: number | undefined, state: string, by: number) => {
      if (version === undefined) return
      const key = `${templateId} ${version} ${state}`
      const sum = counts.get(key) ?? { templateId, version, state, by: 0 }
      sum.by += by
      counts.set(key, sum)
    }
    for (const { templateId, version, state } of taken) add(templateId, version, state, 1)
    for (const { id, templateId, from, to } of moved) {
      add(templateId, versionOf.get(id), from, -1)
      add(templateId, versionOf.get(id), to, 1)
    }
    const sums = [...counts.values()]
    await db.run(
      count,
      node,
      ...columnsOf(
        sums,
        (of) => of.templateId,
        (of) => of.version,
        (of) => of.state,
        (of) => of.by,
      ),
    )
  }

  return {
    accepted(id, templateId, version, state) {
      if (mayTake(templateId)) assigned.push({ id, templateId, version, state })
    },
    moved(id, templateId, from, to) {
      if (mayTake(templateId)) moves.push({ id, templateId, from, to })
    },
    flush: () => (assigned.length === 0 && moves.length === 0 ? null : flush()),
    forget() {
      forgetKnown()
      assigned = []
      moves = []
    },
    changedElsewhere: forgetKnown,
  }
}

const mapOf = (rows: readonly { template_id: number; running: boolean }[]) =>
  new Map(rows.map(({ template_id, running }) => [template_id, running]))
