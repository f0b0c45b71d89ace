/** Statistics of one transaction, added up in memory: what a store writes of it is a handful of rows, however many messages it moves. */
import type { Channel, MessageState } from '@signalbox/contracts'
import { isEnded } from '../../messages/states.ts'
import { Histogram } from '../../stats/histogram.ts'
import type { HistoryRow } from '../../stats/store.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 3_600_000

export type Counted = MessageState | 'accepted'

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

export interface Rollup {
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

export interface TaskChange {
  counts: Map<MessageState, number>
  firstClaimedAt: number | null
  waitMsSum: number
  waitCount: number
  updatedAt: number
}

/** What a store's tally passes on, and what it writes. */
export interface Sums {
  /** By month of the message, then channel: a month that is removed takes its counts with it. */
  readonly states: ReadonlyMap<string, ReadonlyMap<Channel, ReadonlyMap<Counted, number>>>
  /** The minute of its last message, by template. */
  readonly usedTemplates: ReadonlyMap<number, number>
  readonly tasks: ReadonlyMap<number, TaskChange>
  readonly rollups: ReadonlyMap<string, Rollup>
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
  claimed(taskId: number, waitMs: number, now: number): void
  history(row: HistoryRow): void
  clear(): void
}

/** @param monthOf the name of the month of an id */
export function createSums(monthOf: (id: number) => string): Sums {
  const states = new Map<string, Map<Channel, Map<Counted, number>>>()
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
    states,
    usedTemplates,
    tasks,
    rollups,
    accepted(message, state, now, count = 1) {
      usedTemplates.set(message.templateId, now - (now % MINUTE_MS))
      const counts = countsOf(message)
      change(counts, 'accepted', count)
      change(counts, state, count)
      countTask(message.taskId, state, count, now)
      rollup(message, null, 'accepted', now).count += count
    },
    moved(message, from, to, now, { before, after }) {
      const counts = countsOf(message)
      change(counts, from, -1)
      change(counts, to, 1)
      countTask(message.taskId, from, -1, now)
      countTask(message.taskId, to, 1, now)
      if (before && isEnded(from)) book(message, from, before, -1)
      if (after && isEnded(to)) book(message, to, after, 1)
    },
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
    clear() {
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
