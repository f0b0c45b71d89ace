/**
 * Statistics of one transaction, added up in memory and written just before it commits: exact after a crash, and a
 * handful of rows however many messages the transaction moves.
 */
import type { MessageState } from '@signalbox/contracts'
import { Histogram } from '../../stats/histogram.ts'
import { createSums, HOUR_MS, MINUTE_MS, type CountedMessage, type Rollup, type Sums } from '../shared/sums.ts'
import { createArms } from './arms.ts'
import type { Db } from './database.ts'
import type { Partitions } from './partitions.ts'
import { createServiceUses } from './service-uses.ts'

/** What is added up, and what of it is counted by statements of its own. */
export interface Tally extends Pick<Sums, 'accepted' | 'moved' | 'responded' | 'claimed' | 'history'> {
  /** The message counts for a version in an experiment, if there is one with its template. */
  assigned(message: CountedMessage, version: number, state: MessageState): void
  experimentsChanged(): void
  /** The service has sent one more in the day of its quota, or one less. */
  used(serviceId: number, day: number, by: 1 | -1): void
  /** Whether a message accepted in this transaction refers to the template. */
  uses(templateId: number): boolean
  /** Writes what was added up. Inside the transaction. */
  flush(): void
  /** Forgets it: the transaction was rolled back. */
  clear(): void
}

export function createTally(db: Db, { months }: Pick<Partitions, 'months'>): Tally {
  const upsertState = db.prepare(
    'INSERT INTO state_counts VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  )
  const upsertTaskCount = db.prepare(
    'INSERT INTO task_counts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
  )
  const updateTask = db.prepare(
    `UPDATE tasks SET first_claimed_at = coalesce(first_claimed_at, @firstClaimedAt),
       wait_ms_sum = wait_ms_sum + @waitMsSum, wait_count = wait_count + @waitCount, updated_at = max(updated_at, @updatedAt)
     WHERE id = @id`,
  )
  const rollupTables = [
    { unitMs: MINUTE_MS, ...rollupStatements(db, 'stats_minutes') },
    { unitMs: HOUR_MS, ...rollupStatements(db, 'stats_hours') },
  ]

  const arms = createArms(db)
  const serviceUses = createServiceUses(db)
  /** Written once a minute: a template in use costs every other transaction a look, not a page. */
  const markUsed = db.prepare(
    `INSERT INTO template_uses (template_id, last_used_at) VALUES (?, ?) ON CONFLICT DO UPDATE
       SET last_used_at = excluded.last_used_at WHERE excluded.last_used_at > last_used_at`,
  )

  const sums = createSums(months.writing((name) => name))

  return {
    accepted: sums.accepted,
    moved(message, from, to, now, endings) {
      arms.moved(message.id, message.templateId, from, to)
      sums.moved(message, from, to, now, endings)
    },
    assigned(message, version, state) {
      arms.accepted(message.id, message.templateId, version, state)
    },
    experimentsChanged: () => arms.forget(),
    used: (serviceId, day, by) => serviceUses.count(serviceId, day, by),
    responded: sums.responded,
    claimed: sums.claimed,
    history: sums.history,
    uses: (templateId) => sums.usedTemplates.has(templateId),
    flush() {
      serviceUses.flush()
      for (const [id, minute] of sums.usedTemplates) markUsed.run(id, minute)
      for (const [month, channels] of sums.states) {
        for (const [channel, counts] of channels) {
          for (const [state, count] of counts) if (count !== 0) upsertState.run(month, channel, state, count)
        }
      }
      for (const [id, change] of sums.tasks) {
        for (const [state, count] of change.counts) if (count !== 0) upsertTaskCount.run(id, state, count)
        const { counts: _, ...columns } = change
        updateTask.run({ id, ...columns })
      }
      for (const row of sums.rollups.values()) for (const table of rollupTables) writeRollup(table, row)
      this.clear()
    },
    clear() {
      arms.forget()
      serviceUses.clear()
      sums.clear()
    },
  }
}

function rollupStatements(db: Db, table: string) {
  return {
    histogram: db
      .prepare<[number, string, number, number, string], string>(
        `SELECT histogram FROM ${table} WHERE at = ? AND channel = ? AND service_id = ? AND template_id = ? AND state = ?`,
      )
      .pluck(),
    upsert: db.prepare(
      `INSERT INTO ${table} VALUES (@at, @channel, @serviceId, @templateId, @state, @count, @durationMsSum, @responseCount, @responseMsSum, @histogram)
       ON CONFLICT DO UPDATE SET count = count + excluded.count, duration_ms_sum = duration_ms_sum + excluded.duration_ms_sum,
         response_count = response_count + excluded.response_count, response_ms_sum = response_ms_sum + excluded.response_ms_sum,
         histogram = CASE WHEN excluded.histogram = '' THEN histogram ELSE excluded.histogram END`,
    ),
  }
}

function writeRollup(table: { unitMs: number } & ReturnType<typeof rollupStatements>, row: Rollup): void {
  const at = row.at - (row.at % table.unitMs)
  let histogram = ''
  if (row.responses) {
    const stored = table.histogram.get(at, row.channel, row.serviceId, row.templateId, row.state)
    const merged = stored ? Histogram.decode(stored) : new Histogram()
    merged.merge(row.responses)
    histogram = merged.encode()
  }
  table.upsert.run({
    at,
    channel: row.channel,
    serviceId: row.serviceId,
    templateId: row.templateId,
    state: row.state,
    count: row.count,
    durationMsSum: row.durationMsSum,
    responseCount: row.responses?.count ?? 0,
    responseMsSum: row.responseMsSum,
    histogram,
  })
}
