/** Statistics of one transaction, added up in memory and written just before it commits: exact after a crash. */
import type { MessageState } from '@signalbox/contracts'
import { Histogram } from '../../stats/histogram.ts'
import { createSums, HOUR_MS, MINUTE_MS, type CountedMessage, type Rollup, type Sums } from '../shared/sums.ts'
import { createArms } from './arms.ts'
import { columnsOf, unnest } from './columns.ts'
import { statement, type Db } from './statement.ts'
import { together } from './together.ts'

/** What is added up, and what of it is counted by statements of its own. */
export interface Tally extends Pick<Sums, 'accepted' | 'moved' | 'responded' | 'claimed' | 'history'> {
  /** The message counts for a version in an experiment, if there is one with its template. */
  assigned(message: CountedMessage, version: number, state: MessageState): void
  /** Before an experiment is written: what came before counts by those that were. */
  experimentsChange(): Promise<void>
  /** Another node has written one. */
  experimentsChanged(): void
  /** The service has sent one more in the day of its quota, or one less. */
  used(serviceId: number, day: number, by: 1 | -1): void
  /** Whether a message accepted in this transaction refers to the template. */
  uses(templateId: number): boolean
  /** What has to be known before it can be written; null when nothing has. Inside the transaction, as is `flush`. */
  prepare(): Promise<void> | null
  /** Writes what was added up, asking everything at once. */
  flush(): Promise<void>
  /** Forgets it: the transaction was undone. */
  clear(): void
}

/** Each with the number of the node first: it adds to rows that are its own, see `schema/statistics.ts`. */
type PerNode = [node: number, ...columns: string[]]
const perNode = (columns: Readonly<Record<string, string>>) => unnest(columns, 'w', 2)

const taskCounts = statement<PerNode>(
  `INSERT INTO task_counts AS kept (node, task_id, state, count)
   SELECT $1::smallint, * FROM ${perNode({ task_id: 'bigint', state: 'text', count: 'bigint' })}
   ON CONFLICT (task_id, state, node) DO UPDATE SET count = kept.count + excluded.count`,
)
const taskProgress = statement<PerNode>(
  `INSERT INTO task_progress AS kept (node, task_id, first_claimed_at, wait_ms_sum, wait_count, updated_at)
   SELECT $1::smallint, * FROM ${perNode({
     task_id: 'bigint',
     first_claimed_at: 'bigint',
     wait_ms_sum: 'bigint',
     wait_count: 'bigint',
     updated_at: 'bigint',
   })}
   ON CONFLICT (task_id, node) DO UPDATE SET first_claimed_at = coalesce(kept.first_claimed_at, excluded.first_claimed_at),
     wait_ms_sum = kept.wait_ms_sum + excluded.wait_ms_sum, wait_count = kept.wait_count + excluded.wait_count,
     updated_at = greatest(kept.updated_at, excluded.updated_at)`,
)
/** Written once a minute: a template in use costs every other transaction nothing. */
const templateUses = statement<PerNode>(
  `INSERT INTO template_uses AS kept (node, template_id, last_used_at)
   SELECT $1::smallint, * FROM ${perNode({ template_id: 'bigint', last_used_at: 'bigint' })}
   ON CONFLICT (template_id, node) DO UPDATE SET last_used_at = excluded.last_used_at
   WHERE excluded.last_used_at > kept.last_used_at`,
)
const serviceUses = statement<PerNode>(
  `INSERT INTO service_uses AS kept (node, service_id, day, count)
   SELECT $1::smallint, * FROM ${perNode({ service_id: 'bigint', day: 'bigint', count: 'bigint' })}
   ON CONFLICT (service_id, day, node) DO UPDATE SET count = greatest(0, kept.count + excluded.count)`,
)

const KEY = { at: 'bigint', channel: 'text', service_id: 'bigint', template_id: 'bigint', state: 'text' }
const SUMS = {
  count: 'bigint',
  duration_ms_sum: 'double precision',
  response_count: 'bigint',
  response_ms_sum: 'double precision',
  histogram: 'text',
}
const keyed = Object.keys(KEY).join(', ')
const added = ['count', 'duration_ms_sum', 'response_count', 'response_ms_sum']
  .map((column) => `${column} = kept.${column} + excluded.${column}`)
  .join(', ')

const ROLLUP = { ...KEY, ...SUMS }
const upsertRollups = (table: string, from: number) =>
  `INSERT INTO ${table} AS kept (node, ${Object.keys(ROLLUP).join(', ')}) SELECT $1::smallint, * FROM ${unnest(ROLLUP, 'w', from)}
   ON CONFLICT (${keyed}, node) DO UPDATE SET ${added},
     histogram = CASE WHEN excluded.histogram = '' THEN kept.histogram ELSE excluded.histogram END`
const histogramsOf = (table: string) =>
  statement<PerNode, { place: number; histogram: string }>(
    `SELECT w.place, t.histogram FROM ${perNode({ place: 'integer', ...KEY })} JOIN ${table} t USING (${keyed})
     WHERE t.node = $1::smallint`,
  )
const UNITS = [
  { unitMs: MINUTE_MS, histograms: histogramsOf('stats_minutes') },
  { unitMs: HOUR_MS, histograms: histogramsOf('stats_hours') },
] as const

const STATE = { month: 'text', channel: 'text', state: 'text', count: 'bigint' }
const [AFTER_NODE, AFTER_STATES] = [2, 2 + Object.keys(STATE).length]
/** What nearly every transaction counts: by state, by minute and by hour. Each statement is a journey of its own to the server's executor. */
const counts = statement<PerNode>(
  `WITH states AS (
     INSERT INTO state_counts AS kept (node, month, channel, state, count)
     SELECT $1::smallint, * FROM ${unnest(STATE, 'w', AFTER_NODE)}
     ON CONFLICT (month, channel, state, node) DO UPDATE SET count = kept.count + excluded.count),
   minutes AS (${upsertRollups('stats_minutes', AFTER_STATES)})
   ${upsertRollups('stats_hours', AFTER_STATES + Object.keys(ROLLUP).length)}`,
)

/** @param node the number under which it counts */
export function createTally(db: Db, monthName: (id: number) => string, node: number): Tally {
  const arms = createArms(db, node)
  const sums = createSums(monthName)
  const uses = new Map<string, { serviceId: number; day: number; by: number }>()
  const series = UNITS.map((of) => createSeries(db, node, of))
  /** The minute of its last use that was written, by template. */
  const toldUses = new Map<number, number>()

  function unwrittenUses(): [templateId: number, minute: number][] {
    const unwritten = [...sums.usedTemplates].filter(([id, minute]) => minute > (toldUses.get(id) ?? 0))
    if (toldUses.size > REMEMBERED) toldUses.clear()
    for (const [id, minute] of unwritten) toldUses.set(id, minute)
    return unwritten
  }

  async function writeCounts(): Promise<void> {
    const moved = [...sums.states].flatMap(([month, channels]) =>
      [...channels].flatMap(([channel, of]) => [...of].map(([state, count]) => ({ month, channel, state, count }))),
    )
    const rollups = series.map((of) => of.take())
    if (moved.length === 0 && sums.rollups.size === 0) return
    const byState = columnsOf(
      moved,
      (of) => of.month,
      (of) => of.channel,
      (of) => of.state,
      (of) => of.count,
    )
    await db.run(counts, node, ...byState, ...rollups.flat())
  }

  function writes(): Promise<unknown>[] {
    const changes = [...sums.tasks].map(([id, change]) => ({ id, ...change }))
    const ofTasks = changes.flatMap(({ id, counts: of }) => [...of].map(([state, count]) => ({ id, state, count })))
    return [
      writeCounts(),
      many(ofTasks, (rows) =>
        db.run(
          taskCounts,
          node,
          ...columnsOf(
            rows,
            (of) => of.id,
            (of) => of.state,
            (of) => of.count,
          ),
        ),
      ),
      many(changes, (rows) =>
        db.run(
          taskProgress,
          node,
          ...columnsOf(
            rows,
            (of) => of.id,
            (of) => of.firstClaimedAt,
            (of) => of.waitMsSum,
            (of) => of.waitCount,
            (of) => of.updatedAt,
          ),
        ),
      ),
      many(unwrittenUses(), (rows) =>
        db.run(
          templateUses,
          node,
          ...columnsOf(
            rows,
            ([templateId]) => templateId,
            ([, minute]) => minute,
          ),
        ),
      ),
      many([...uses.values()], (rows) =>
        db.run(
          serviceUses,
          node,
          ...columnsOf(
            rows,
            (of) => of.serviceId,
            (of) => of.day,
            (of) => of.by,
          ),
        ),
      ),
    ]
  }

  return {
    accepted: sums.accepted,
    moved(message, from, to, now, endings) {
      arms.moved(message.id, message.templateId, from, to)
      sums.moved(message, from, to, now, endings)
    },
    responded: sums.responded,
    claimed: sums.claimed,
    history: sums.history,
    assigned(message, version, state) {
      arms.accepted(message.id, message.templateId, version, state)
    },
    async experimentsChange() {
      await arms.flush()
      arms.forget()
    },
    experimentsChanged: arms.changedElsewhere,
    used(serviceId, day, by) {
      const key = `${serviceId} ${day}`
      const use = uses.get(key) ?? { serviceId, day, by: 0 }
      use.by += by
      uses.set(key, use)
    },
    uses: (templateId) => sums.usedTemplates.has(templateId),
    prepare() {
      const rollups = [...sums.rollups.values()]
      const waits = [arms.flush(), ...series.map((of) => of.prepare(rollups))].filter((wait) => wait !== null)
      return waits.length > 0 ? together(waits).then(() => undefined) : null
    },
    async flush() {
      const asked = writes()
      sums.clear()
      uses.clear()
      await together(asked)
    },
    clear() {
      arms.forget()
      for (const of of series) of.forget()
      toldUses.clear()
      sums.clear()
      uses.clear()
    },
  }
}

async function many<T>(rows: readonly T[], write: (rows: readonly T[]) => Promise<unknown>): Promise<void> {
  if (rows.length > 0) await write(rows)
}

interface Stored extends Omit<Rollup, 'responses'> {
  key: string
  place: number
  responses: Histogram | null
}

/** Minutes of one hour are one row there. */
function inUnits(rollups: readonly Rollup[], unitMs: number): Stored[] {
  const rows = new Map<string, Stored>()
  for (const rollup of rollups) {
    const at = rollup.at - (rollup.at % unitMs)
    const key = `${at} ${rollup.channel} ${rollup.serviceId} ${rollup.templateId} ${rollup.state}`
    const row = rows.get(key)
    const responses = rollup.responses && new Histogram()
    if (rollup.responses) responses?.merge(rollup.responses)
    if (!row) {
      rows.set(key, { ...rollup, key, at, place: rows.size, responses })
      continue
    }
    row.count += rollup.count
    row.durationMsSum += rollup.durationMsSum
    row.responseMsSum += rollup.responseMsSum
    if (row.responses && responses) row.responses.merge(responses)
    else row.responses ??= responses
  }
  return [...rows.values()]
}

const KEY_COLUMNS = [
  (of: Stored) => of.at,
  (of: Stored) => of.channel,
  (of: Stored) => of.serviceId,
  (of: Stored) => of.templateId,
  (of: Stored) => of.state,
] as const

/** Rows of one unit of time. Nobody else writes those of this node, so that it knows what is in those that it wrote last. */
interface Series {
  /** Gathers what will be written; null where the response times beside it are known. */
  prepare(rollups: readonly Rollup[]): Promise<void> | null
  /** Columns of what was gathered. */
  take(): string[]
  /** What was written may not be there. */
  forget(): void
}

/** Rows whose response times are remembered: those of a minute or an hour, a few times over. */
const REMEMBERED = 2_000

function createSeries(db: Db, node: number, of: (typeof UNITS)[number]): Series {
  let rows: Stored[] = []
  /** Response times as they stand in the table, by the key of their row; the one written last comes last. */
  const known = new Map<string, Histogram | null>()

  async function read(unknown: readonly Stored[]): Promise<void> {
    for (const { key } of unknown) known.set(key, null)
    const stored = await db.all(of.histograms, node, ...columnsOf(unknown, (row) => row.place, ...KEY_COLUMNS))
    for (const { place, histogram } of stored) {
      const row = rows[place]
      if (row && histogram !== '') known.set(row.key, Histogram.decode(histogram))
    }
  }

  /** With what was there before. */
  function merged({ key, responses }: Stored): string {
    if (!responses) return ''
    const before = known.get(key)
    if (before) responses.merge(before)
    known.delete(key)
    known.set(key, responses)
    return responses.encode()
  }

  return {
    prepare(rollups) {
      rows = inUnits(rollups, of.unitMs)
      const unknown = rows.filter(({ key, responses }) => responses !== null && !known.has(key))
      return unknown.length > 0 ? read(unknown) : null
    },
    take() {
      const told = rows.map(({ responses }) => responses?.count ?? 0)
      const columns = columnsOf(
        rows,
        ...KEY_COLUMNS,
        (row) => row.count,
        (row) => row.durationMsSum,
        (row) => told[row.place] ?? 0,
        (row) => row.responseMsSum,
        merged,
      )
      rows = []
      for (const key of known.keys()) if (known.size > REMEMBERED) known.delete(key)
      return columns
    },
    forget() {
      rows = []
      known.clear()
    },
  }
}
