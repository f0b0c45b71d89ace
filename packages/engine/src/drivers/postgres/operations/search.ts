/**
 * Searching messages, newest first, stretch by stretch, so that no search holds a connection for longer than it was allowed
 * to. Where to look comes from `search-sources.ts`.
 */
import { firstIdAt } from '../../../ids.ts'
import type { MessageQuery } from '../../../messages/requests.ts'
import type { MessageRef, RefPage, SearchPage } from '../../../messages/store.ts'
import type { Reader } from '../reader.ts'
import { statement, type Db } from '../statement.ts'
import { RECORD_COLUMNS, toRecord, type Row } from './record-row.ts'
import { sourcesOf, type SearchSource } from './search-sources.ts'

/** Rows of the first stretch; each further one is twice as long, up to the last. A page is usually full after the first. */
const FIRST_STRETCH = 1_000
const LAST_STRETCH = 64_000
const HOUR_MS = 3_600_000
const NEWEST = Number.MAX_SAFE_INTEGER

const taskRange = statement<[number], { first_id: number; last_id: number }>(
  'SELECT first_id, last_id FROM tasks WHERE id = $1',
)
const acceptedHours = statement<[number, string | null], { at: number }>(
  `SELECT DISTINCT at FROM stats_hours WHERE state = 'accepted' AND template_id = $1 AND ($2::text IS NULL OR channel = $2)
   ORDER BY at DESC`,
)

interface Bounds {
  low: number
  high: number
}

/** Ids from `low` to before `high`. */
async function boundsOf(db: Db, { before, from, to, taskId }: MessageQuery): Promise<Bounds> {
  const task = taskId === undefined ? null : await db.one(taskRange, taskId)
  return {
    low: Math.max(from === undefined ? 0 : firstIdAt(from), task?.first_id ?? 0),
    high: Math.min(before ?? NEWEST, to === undefined ? NEWEST : firstIdAt(to), task ? task.last_id + 1 : NEWEST),
  }
}

/** Where messages of the template can be, newest first: a template that is seldom used is not looked for everywhere. */
async function hoursOf(db: Db, { templateId, channel }: MessageQuery): Promise<Bounds[] | null> {
  if (templateId === undefined) return null
  return (await db.all(acceptedHours, templateId, channel ?? null)).map(({ at }) => ({
    low: firstIdAt(at - HOUR_MS),
    high: firstIdAt(at + 2 * HOUR_MS),
  }))
}

/** What must hold beside the state and the range of ids, and the values for it; the recipient is always the first of them. */
function conditionsOf({ channel, recipient, templateId, taskId, serviceId, error }: MessageQuery) {
  const values: unknown[] = [recipient ?? '']
  const conditions = ['$1::text IS NOT NULL']
  const must = (column: string, value: unknown) => {
    if (value !== undefined) conditions.push(`${column} = $${values.push(value)}`)
  }
  must('m.channel', channel)
  must('m.recipient', recipient)
  must('m.template_id', templateId)
  must('m.task_id', taskId)
  must('coalesce(c.service_id, s.service_id)', serviceId)
  if (error !== undefined) {
    const place = `$${values.push(error)}::text`
    conditions.push(
      `c.id IS NULL AND (s.error_code = ${place} OR position(lower(${place}) IN lower(s.error_message)) > 0)`,
    )
  }
  return { text: conditions.join(' AND '), values }
}

/** The id at which that many rows below `high` begin; 0 when there are not so many. */
async function reach(db: Db, source: SearchSource, recipient: string, high: number, rows: number): Promise<number> {
  if (!source.through) return 0
  const { table, where } = source.through
  const [found] = await db.rows<{ id: number }>(
    `SELECT ${source.id} AS id FROM ${table} WHERE ${where} AND $1::text IS NOT NULL AND ${source.id} < $2
     ORDER BY ${source.id} DESC OFFSET $3 LIMIT 1`,
    [recipient, high, rows - 1],
  )
  return found?.id ?? 0
}

interface Found<R> {
  rows: R[]
  nextBefore: number | null
}

async function find<R extends { id: number }>(db: Db, query: MessageQuery, columns: string): Promise<Found<R>> {
  const { low: lowest, high: highest } = await boundsOf(db, query)
  const [hours, sources] = [await hoursOf(db, query), await sourcesOf(db, query)]
  const { text, values } = conditionsOf(query)
  const rows: R[] = []
  let budget = query.scan ?? Number.POSITIVE_INFINITY
  let stretch = FIRST_STRETCH
  for (let high = highest; high > lowest && sources.length > 0;) {
    const within = hours?.find(({ low }) => low < high)
    if (hours && (!within || within.high <= lowest)) break
    high = Math.min(high, within?.high ?? high)
    if (budget <= 0) return { rows, nextBefore: high }
    const size = Math.min(stretch, budget)
    let low = Math.max(lowest, within?.low ?? 0)
    for (const source of sources) low = Math.max(low, await reach(db, source, query.recipient ?? '', high, size))
    const left = query.limit - rows.length
    const from = values.length
    const found: R[] = []
    for (const { from: tables, where, id } of sources) {
      found.push(
        ...(await db.rows<R>(
          `SELECT ${columns} FROM ${tables} WHERE ${where} AND ${text} AND ${id} >= $${from + 1} AND ${id} < $${from + 2}
           ORDER BY ${id} DESC LIMIT $${from + 3}`,
          [...values, low, high, left],
        )),
      )
    }
    rows.push(...found.toSorted((a, b) => b.id - a.id).slice(0, left))
    if (rows.length === query.limit) return { rows, nextBefore: (rows.at(-1) as R).id }
    budget -= size
    high = low
    stretch = Math.min(stretch * 2, LAST_STRETCH)
  }
  return { rows, nextBefore: null }
}

export function searchReads({ snapshot }: Reader) {
  return {
    search: (query: MessageQuery): Promise<SearchPage> =>
      snapshot(async (db) => {
        const { rows, nextBefore } = await find<Row>(db, query, RECORD_COLUMNS)
        return { messages: rows.map(toRecord), nextBefore }
      }),
    refs: (query: MessageQuery): Promise<RefPage> =>
      snapshot(async (db) => {
        const columns = 'm.id, m.template_id AS "templateId", m.recipient'
        const { rows, nextBefore } = await find<MessageRef>(db, query, columns)
        return { refs: rows, nextBefore }
      }),
  }
}
