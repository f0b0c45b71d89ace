/**
 * Searching messages, newest first: month by month, and within a month stretch by stretch, so that no search holds the
 * thread for longer than it was allowed to. Where to look comes from `search-sources.ts`.
 */
import { firstIdAt } from '../../../ids.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { MessageQuery } from '../../../messages/requests.ts'
import type { MessageRef, RefPage, SearchPage } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { Partition, Partitions } from '../partitions.ts'
import { findRecent, type RecentMemory } from '../recent-recipients.ts'
import { recipientIds } from '../recipient-ids.ts'
import { recipientHash } from '../recipients.ts'
import { delayedIn, RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'
import { conditionsOf, parametersOf, searchSources } from './search-sources.ts'

/** Rows of the first stretch; each further one is twice as long, up to the last. A page is usually full after the first. */
const FIRST_STRETCH = 1_000
const LAST_STRETCH = 16_000
/** What a message that is looked up by itself costs beside one of a stretch: in whole, and its narrow row alone. */
const LOOK_UP = 40
const GLANCE = 4
const NEWEST = Number.MAX_SAFE_INTEGER

interface Columns<R extends { id: number }, T> {
  sql: string
  toResult(row: R): T
}

interface Found<T> {
  rows: T[]
  nextBefore: number | null
}

export function searchReads(db: Db, { months }: Partitions, recent: RecentMemory) {
  const isDelayed = delayedIn(db)
  const sourcesOf = searchSources(db)
  const idsTo = recipientIds(db)
  const taskRange = db.prepare<[number], { first_id: number | null; last_id: number | null }>(
    'SELECT first_id, last_id FROM tasks WHERE id = ?',
  )
  const acceptedHours = db
    .prepare<[{ templateId: number; channel: string | null }], number>(
      `SELECT DISTINCT at FROM stats_hours WHERE state = 'accepted' AND template_id = @templateId
         AND (@channel IS NULL OR channel = @channel) ORDER BY at DESC`,
    )
    .pluck()

  const records: Columns<RecordRow, MessageRecord> = {
    sql: RECORD_COLUMNS,
    toResult: (row) => toRecord(row, isDelayed),
  }
  const refs: Columns<{ id: number; template_id: number; recipient: string }, MessageRef> = {
    sql: 'm.id, m.template_id, m.recipient',
    toResult: ({ id, template_id: templateId, recipient }) => ({ id, templateId, recipient }),
  }

  /** Ids from the first (inclusive) to before the second. */
  function boundsOf({ before, from, to, taskId }: MessageQuery): [low: number, high: number] {
    const task = taskId === undefined ? undefined : taskRange.get(taskId)
    return [
      Math.max(from === undefined ? 0 : firstIdAt(from), task?.first_id ?? 0),
      Math.min(before ?? NEWEST, to === undefined ? NEWEST : firstIdAt(to), task ? (task.last_id ?? 0) + 1 : NEWEST),
    ]
  }

  /** Where messages of the template can be, newest first: a template that is seldom used is not looked for everywhere. */
  function hoursOf({ templateId, channel }: MessageQuery): { from: number; to: number }[] | null {
    if (templateId === undefined) return null
    return acceptedHours
      .all({ templateId, channel: channel ?? null })
      .map((at) => ({ from: firstIdAt(at - HOUR_MS), to: firstIdAt(at + 2 * HOUR_MS) }))
  }

  function find<R extends { id: number }, T>(
    query: MessageQuery,
    recent: readonly number[],
    columns: Columns<R, T>,
  ): Found<T> {
    const [low, high] = boundsOf(query)
    const hours = hoursOf(query)
    const budget = { left: query.scan ?? Number.POSITIVE_INFINITY }
    const found: R[] = []
    const answer = (nextBefore: number | null): Found<T> => ({
      rows: found.map((row) => columns.toResult(row)),
      nextBefore,
    })
    for (const month of months.list()) {
      const part = { ...month, from: Math.max(month.from, low), to: Math.min(month.to, high) }
      if (part.from >= part.to) continue
      const search = query.recipient === undefined ? byStretches : toRecipient
      const stoppedAt = search(part, query, recent, columns, hours, budget, found)
      if (found.length === query.limit) return answer((found.at(-1) as R).id)
      if (stoppedAt !== null) return answer(stoppedAt)
    }
    return answer(null)
  }

  /** Returns the id before which is still to be looked, when the budget was used up; null at the end of the month. */
  function byStretches<R extends { id: number }, T>(
    month: Partition,
    query: MessageQuery,
    _recent: readonly number[],
    { sql }: Columns<R, T>,
    hours: { from: number; to: number }[] | null,
    budget: { left: number },
    found: R[],
  ): number | null {
    const sources = sourcesOf(month, query)
    if (sources.length === 0) return null
    const statements = sources.map(({ from, where, id }) =>
      db.prepare<[object], R>(
        `SELECT ${sql} FROM ${from} WHERE ${id} >= @low AND ${id} < @high ${and([...where, ...conditionsOf(query)])}
         ORDER BY ${id} DESC LIMIT @left`,
      ),
    )
    let stretch = FIRST_STRETCH
    for (let high = month.to; high > month.from;) {
      const within = hours?.find(({ from }) => from < high)
      if (hours && (!within || within.to <= month.from)) return null
      high = Math.min(high, within?.to ?? high)
      if (budget.left <= 0) return high
      const rows = Math.min(stretch, budget.left)
      const low = Math.max(month.from, within?.from ?? 0, ...sources.map(({ bound }) => bound(high, rows)))
      const left = query.limit - found.length
      const parameters = { ...parametersOf(query), low, high, left }
      const matches = statements.flatMap((statement) => statement.all(parameters))
      found.push(...matches.toSorted((a, b) => b.id - a.id).slice(0, left))
      if (found.length === query.limit) return null
      budget.left -= rows
      high = low
      stretch = Math.min(stretch * 2, LAST_STRETCH)
    }
    return null
  }

  /** Through the index of recipients: one look-up per message to them. */
  function toRecipient<R extends { id: number }, T>(
    month: Partition,
    query: MessageQuery,
    recent: readonly number[],
    { sql }: Columns<R, T>,
    _hours: unknown,
    budget: { left: number },
    found: R[],
  ): number | null {
    const { all, matches } = sourcesOf.anywhere(month, query)
    const one = db.prepare<[object], R>(
      `SELECT ${sql} FROM ${all} WHERE m.id = @id ${and([...matches, ...conditionsOf(query)])}`,
    )
    const mayBe = sourcesOf.mayBeIn(month, query)
    let last = 0
    for (const id of idsTo(month, query.recipient as string, recent)) {
      if (id === last) continue
      last = id
      if (budget.left <= 0) return id + 1
      if (mayBe && !mayBe(id)) {
        budget.left -= GLANCE
        continue
      }
      budget.left -= LOOK_UP
      const row = one.get({ ...parametersOf(query), id })
      if (row) found.push(row)
      if (found.length === query.limit) return null
    }
    return null
  }

  /** The memory before the snapshot: what leaves it meanwhile is in a segment by the time that is read. */
  const recentTo = ({ recipient }: MessageQuery): number[] =>
    recipient === undefined ? [] : findRecent(recent, recipientHash(recipient))
  const findRecords = db.transaction((query: MessageQuery, of: readonly number[]) => find(query, of, records))
  const findRefs = db.transaction((query: MessageQuery, of: readonly number[]) => find(query, of, refs))

  return {
    search(query: MessageQuery): SearchPage {
      const { rows: messages, nextBefore } = findRecords(query, recentTo(query))
      return { messages, nextBefore }
    },

    refs(query: MessageQuery): RefPage {
      const { rows, nextBefore } = findRefs(query, recentTo(query))
      return { refs: rows, nextBefore }
    },
  }
}

const HOUR_MS = 3_600_000
const and = (conditions: readonly string[]) => conditions.map((condition) => `AND ${condition}`).join(' ')
