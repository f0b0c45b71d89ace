/** Where messages in some states stand, and how far a number of them reaches back. */
import type { MessageState } from '@signalbox/contracts'
import type { MessageQuery } from '../../../messages/requests.ts'
import { statement, type Db } from '../statement.ts'
import { RECORDS } from './record-row.ts'

/** States that few messages are in for long. They have an index. */
const EXCEPTIONS: readonly MessageState[] = ['failed', 'unknown', 'expired', 'cancelled']
/** What has a row of its own among the states while it is in one of these. */
const ENDED: readonly MessageState[] = ['sent', 'delivered', 'read', ...EXCEPTIONS]
/** Those that may carry an error. */
const WITH_ERROR: readonly MessageState[] = ['failed', 'unknown', 'expired', 'queued']
/** A backlog up to this size is sorted by id for each page; in a larger one the newest messages wait anyway. */
const SORTED_BACKLOG = 20_000

export interface SearchSource {
  from: string
  where: string
  /** The column by which it is read in order. */
  id: 'm.id' | 's.id'
  /** What is looked through in order, to find how far a number of rows reaches: a table or a part of it. Null: all of it at once. */
  through: { table: string; where: string } | null
}

const DELAYED = 'm.due_at > m.accepted_at AND EXISTS (SELECT 1 FROM queue_delays d WHERE d.id = m.id)'
function isIn(state: MessageState): string {
  if (state === 'sending') return 'c.id IS NOT NULL'
  if (state === 'scheduled') return `c.id IS NULL AND s.id IS NULL AND ${DELAYED}`
  if (state === 'queued') return `c.id IS NULL AND (s.state = 'queued' OR s.id IS NULL AND NOT (${DELAYED}))`
  return `c.id IS NULL AND s.state = '${state}'`
}

const total = statement<[string], { count: number }>(
  'SELECT coalesce(sum(count), 0) AS count FROM state_counts WHERE state = $1',
)

export function statesOf({ status, error }: MessageQuery): readonly MessageState[] | null {
  const asked = status === undefined ? null : typeof status === 'string' ? [status] : status
  if (error === undefined) return asked
  return asked === null ? WITH_ERROR : asked.filter((state) => WITH_ERROR.includes(state))
}

const OF_STATES = 'states s JOIN messages m ON m.id = s.id LEFT JOIN claims c ON c.id = m.id'
const joined = (ids: string) =>
  `(${ids}) q JOIN messages m ON m.id = q.id LEFT JOIN claims c ON c.id = m.id LEFT JOIN states s ON s.id = m.id`

function sourceOf(state: MessageState): SearchSource {
  const at = { id: 'm.id', through: null } as const
  if (state === 'sending') return { ...at, from: joined('SELECT id FROM claims'), where: 'true' }
  const delays = `SELECT id FROM queue_delays WHERE queue = 'message.send'`
  if (state === 'scheduled') return { ...at, from: joined(delays), where: 's.id IS NULL' }
  if (state === 'queued') {
    // What waits for a retry stands in the delays too, and is `queued`.
    const waiting = `SELECT id FROM queue_entries WHERE queue = 'message.send'
      UNION ALL SELECT d.id FROM queue_delays d JOIN states s ON s.id = d.id WHERE d.queue = 'message.send'`
    return { ...at, from: joined(waiting), where: 'true' }
  }
  const where = `s.state = '${state}'`
  return { from: OF_STATES, where, id: 's.id', through: { table: 'states s', where } }
}

/** None where nothing can be found. */
export async function sourcesOf(db: Db, query: MessageQuery): Promise<SearchSource[]> {
  const states = statesOf(query)
  const matches = states ? states.map((state) => `(${isIn(state)})`).join(' OR ') || 'false' : 'true'
  if (query.recipient !== undefined) {
    const through = { table: 'messages m', where: 'm.recipient = $1' }
    return [{ from: RECORDS, where: `(${matches})`, id: 'm.id', through }]
  }
  if (states && (await areFew(db, states))) return states.map(sourceOf)
  if (states?.every((state) => ENDED.includes(state))) {
    return [{ from: OF_STATES, where: `(${matches})`, id: 's.id', through: { table: 'states s', where: 'true' } }]
  }
  return [{ from: RECORDS, where: `(${matches})`, id: 'm.id', through: { table: 'messages m', where: 'true' } }]
}

async function areFew(db: Db, states: readonly MessageState[]): Promise<boolean> {
  for (const state of states) {
    if (EXCEPTIONS.includes(state) || state === 'sending') continue
    if (state !== 'queued' && state !== 'scheduled') return false
    if (((await db.one(total, state))?.count ?? 0) > SORTED_BACKLOG) return false
  }
  return true
}
