/**
 * Statistics of one transaction, added up in memory and written just before it commits: exact after a crash, and a
 * handful of rows however many messages the transaction moves.
 */
import type { Channel, MessageState } from '@signalbox/contracts'
import { isEnded } from '../../messages/states.ts'
import { Histogram } from '../../stats/histogram.ts'
import type { HistoryRow } from '../../stats/store.ts'
import { createArms } from './arms.ts'
import type { Db } from './database.ts'
import type { Partitions } from './partitions.ts'
import { createServiceUses } from './service-uses.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

type Counted = MessageState | 'accepted'

/** What a message is counted under. */
export interface CountedMessage {
  id: number
  channel: Channel
  templateId: number
  taskId: number | null
}

export interface Ending {
  serviceId: number | null
  /** Epoch ms of the first result: receipts correct the minute in which the message ended. */
  finishedAt: number
  durationMs: number
}

interface Rollup {
  channel: Channel
  serviceId: number
  templateId: number
  state: Counted
  at: number
  count: number
  durationMsSum: number
  responses: Histogram | null
  responseMsSum: number
}

interface TaskChange {
  counts: Map<MessageState, number>
  firstClaimedAt: number | null
  waitMsSum: number
  waitCount: number
  updatedAt: number
}

export interface Tally {
  /** `count` messages of its month, channel, template and task. */
  accepted(message: CountedMessage, state: MessageState, now: number, count?: number): void
  /** A move between states; `before` and `after` where the state on that side is an end. */
  moved(
    message: CountedMessage,
    from: MessageState,
    to: MessageState,
    now: number,
    endings: { before?: Ending; after?: Ending },
  ): void
  /** The provider answered after so many ms; counted with the state the message ended in. */
  responded(message: CountedMessage, state: MessageState, ending: Ending, responseMs: number): void
  /** The message counts for a version in an experiment, if there is one with its template. */
  assigned(message: CountedMessage, version: number, state: MessageState): void
  experimentsChanged(): void
  /** The service has sent one more in the day of its quota, or one less. */
  used(serviceId: number, day: number, by: 1 | -1): void
  claimed(taskId: number, waitMs: number, now: number): void
  history(row: HistoryRow): void
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

  const monthOf = months.writing((name) => name)
  /** By month of the message, then channel: a month that is removed takes its counts with it. */
  const states = new Map<string, Map<Channel, Map<Counted, number>>>()
  /** The minute of its last message. */
  const usedTemplates = new Map<number, number>()
  const tasks = new Map<number, TaskChange>()
  const rollups = new Map<string, Rollup>()
  /** The one used last of each state: most messages of a transaction are counted in the same few. */
  const recentRollups = new Map<Counted, Rollup>()

  function countsOf({ id, channel }: CountedMessage): Map<Counted, number> {
    const month = monthOf(id)
    let channels = states.get(month)
    if (!channels) states.set(month, (channels = new Map()))
    let counts = channels.get(channel)
    if (!counts) channels.set(channel, (counts = new Map()))
    return counts
  }

  function rollup(message: Omit<CountedMessage, 'id'>, serviceId: number | null, state: Counted, at: number): Rollup {
    const minute = at - (at % MINUTE_MS)
    const recent = recentRollups.get(state)
    if (
      recent?.at === minute &&
      recent.channel === message.channel &&
      recent.serviceId === (serviceId ?? 0) &&
      recent.templateId === message.templateId
    ) {
      return recent
    }
    const key = `${minute} ${message.channel} ${serviceId ?? 0} ${message.templateId} ${state}`
    let row = rollups.get(key)
    if (!row) {
      row = {
        channel: message.channel,
        serviceId: serviceId ?? 0,
        templateId: message.templateId,
        state,
        at: minute,
        count: 0,
        durationMsSum: 0,
        responses: null,
        responseMsSum: 0,
      }
      rollups.set(key, row)
    }
    recentRollups.set(state, row)
    return row
  }

  function task(id: number, now: number): TaskChange {
    let change = tasks.get(id)
    if (!change) {
      change = { counts: new Map(), firstClaimedAt: null, waitMsSum: 0, waitCount: 0, updatedAt: now }
      tasks.set(id, change)
    }
    change.updatedAt = Math.max(change.updatedAt, now)
    return change
  }

  function countTask(id: number | null, state: MessageState, change: number, now: number): void {
    if (id === null) return
    const { counts } = task(id, now)
    counts.set(state, (counts.get(state) ?? 0) + change)
  }

  function book(message: CountedMessage, state: MessageState, ending: Ending, sign: 1 | -1): void {
    const row = rollup(message, ending.serviceId, state, ending.finishedAt)
    row.count += sign
    row.durationMsSum += sign * ending.durationMs
  }

  return {
    accepted(message, state, now, count = 1) {
      usedTemplates.set(message.templateId, now - (now % MINUTE_MS))
      const counts = countsOf(message)
      change(counts, 'accepted', count)
      change(counts, state, count)
      countTask(message.taskId, state, count, now)
      rollup(message, null, 'accepted', now).count += count
    },
    moved(message, from, to, now, { before, after }) {
      arms.moved(message.id, message.templateId, from, to)
      const counts = countsOf(message)
      change(counts, from, -1)
      change(counts, to, 1)
      countTask(message.taskId, from, -1, now)
      countTask(message.taskId, to, 1, now)
      if (before && isEnded(from)) book(message, from, before, -1)
      if (after && isEnded(to)) book(message, to, after, 1)
    },
    assigned(message, version, state) {
      arms.accepted(message.id, message.templateId, version, state)
    },
    experimentsChanged: () => arms.forget(),
    used: (serviceId, day, by) => serviceUses.count(serviceId, day, by),
    responded(message, state, ending, responseMs) {
      const row = rollup(message, ending.serviceId, state, ending.finishedAt)
      row.responses ??= new Histogram()
      row.responses.record(responseMs)
      row.responseMsSum += responseMs
    },
    claimed(taskId, waitMs, now) {
      const change = task(taskId, now)
      change.firstClaimedAt ??= now
      change.waitMsSum += waitMs
      change.waitCount += 1
    },
    history(row) {
      const target = rollup(
        { channel: row.channel, templateId: row.templateId, taskId: null },
        row.serviceId,
        row.state,
        row.at,
      )
      target.count += row.count
      target.durationMsSum += row.durationMsSum
      if (row.responseMs.length === 0) return
      target.responses ??= new Histogram()
      for (const ms of row.responseMs) {
        target.responses.record(ms)
        target.responseMsSum += ms
      }
    },
    uses: (templateId) => usedTemplates.has(templateId),
    flush() {
      serviceUses.flush()
      for (const [id, minute] of usedTemplates) markUsed.run(id, minute)
      for (const [month, channels] of states) {
        for (const [channel, counts] of channels) {
          for (const [state, count] of counts) if (count !== 0) upsertState.run(month, channel, state, count)
        }
      }
      for (const [id, change] of tasks) {
        for (const [state, count] of change.counts) if (count !== 0) upsertTaskCount.run(id, state, count)
        const { counts: _, ...columns } = change
        updateTask.run({ id, ...columns })
      }
      for (const row of rollups.values()) for (const table of rollupTables) writeRollup(table, row)
      this.clear()
    },
    clear() {
      arms.forget()
      serviceUses.clear()
      usedTemplates.clear()
      states.clear()
      recentRollups.clear()
      tasks.clear()
      rollups.clear()
    },
  }
}

function change(counts: Map<Counted, number>, state: Counted, by: number): void {
  counts.set(state, (counts.get(state) ?? 0) + by)
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
