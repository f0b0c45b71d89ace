/** Where messages in some states stand in a month, and how far a number of them reaches back. */
import type { MessageState } from '@signalbox/contracts'
import type { MessageQuery } from '../../../messages/requests.ts'
import type { Db } from '../database.ts'
import { EXCEPTIONS, isResident } from '../partition-tables.ts'
import type { Partition } from '../partitions.ts'
import { recordsOf } from './rows.ts'

/** What has a row of its own among the states of the month while it is in one of these. */
const ENDED: readonly MessageState[] = ['sent', 'delivered', 'read', ...EXCEPTIONS]
/** Those that may carry an error. */
const WITH_ERROR: readonly MessageState[] = ['failed', 'unknown', 'expired', 'queued']
/** A backlog up to this size is sorted by id for each page; in a larger one the newest messages wait anyway. */
const SORTED_BACKLOG = 20_000

export interface SearchSource {
  from: string
  where: string[]
  /** The column by which it is read in order. */
  id: 'm.id' | '+m.id' | 's.id'
  /** The id at which that many rows below `high` begin; 0 when there are not so many. */
  bound(high: number, rows: number): number
}

/** As SQL over `m`, its state `s` and its claim `c`. */
const DELAYED =
  'm.due_at > m.accepted_at AND EXISTS (SELECT 1 FROM queue_delays d WHERE d.due_at = m.due_at AND d.id = m.id)'
function isIn(state: MessageState): string {
  if (state === 'sending') return 'c.id IS NOT NULL'
  if (state === 'scheduled') return `c.id IS NULL AND s.id IS NULL AND ${DELAYED}`
  if (state === 'queued') return `c.id IS NULL AND (s.state = 'queued' OR s.id IS NULL AND NOT (${DELAYED}))`
  return `c.id IS NULL AND s.state = '${state}'`
}

const COLUMNS = {
  channel: 'm.channel',
  recipient: 'm.recipient',
  templateId: 'm.template_id',
  taskId: 'm.task_id',
  serviceId: 'coalesce(c.service_id, s.service_id)',
} as const

/** What must hold beside the state, the range of ids and the place that is searched. */
export function conditionsOf(query: MessageQuery): string[] {
  const conditions = Object.entries(COLUMNS)
    .filter(([filter]) => query[filter as keyof typeof COLUMNS] !== undefined)
    .map(([filter, column]) => `${column} = @${filter}`)
  if (query.error !== undefined) {
    conditions.push(`c.id IS NULL AND (s.error_code = @error OR instr(lower(s.error_message), lower(@error)) > 0)`)
  }
  return conditions
}

export function parametersOf(query: MessageQuery): Record<string, unknown> {
  const { channel, recipient, templateId, taskId, serviceId, error } = query
  return { channel, recipient, templateId, taskId, serviceId, error }
}

function statesOf({ status, error }: MessageQuery): readonly MessageState[] | null {
  const asked = status === undefined ? null : typeof status === 'string' ? [status] : status
  if (error === undefined) return asked
  return asked === null ? WITH_ERROR : asked.filter((state) => WITH_ERROR.includes(state))
}

export function searchSources(db: Db) {
  const countOf = db
    .prepare<[string, string, string | null, string | null], number>(
      'SELECT coalesce(sum(count), 0) FROM state_counts WHERE month = ? AND state = ? AND (? IS NULL OR channel = ?)',
    )
    .pluck()

  /** The rows of a table by id, from its own order. */
  function through(table: string, where: string): SearchSource['bound'] {
    const nth = db
      .prepare<[number, number], number>(
        `SELECT id FROM ${table} WHERE ${where} id < ? ORDER BY id DESC LIMIT 1 OFFSET ?`,
      )
      .pluck()
    return (high, rows) => nth.get(high, rows - 1) ?? 0
  }

  const ofStates = (month: string) =>
    `states_${month} s CROSS JOIN messages_${month} m ON m.id = s.id LEFT JOIN claims c ON c.id = m.id`

  function sourceOf(month: string, state: MessageState): SearchSource {
    if (EXCEPTIONS.includes(state)) {
      const where = [`s.state = '${state}'`]
      const bound = through(`states_${month}`, `state = '${state}' AND`)
      return { from: ofStates(month), where, id: 's.id', bound }
    }
    // With a + the range is no more than a check: what is resident is read from the mark on, not from the range's beginning.
    const id = '+m.id'
    const joined = (ids: string) =>
      `(${ids}) q CROSS JOIN messages_${month} m ON m.id = q.id LEFT JOIN claims c ON c.id = m.id LEFT JOIN states_${month} s ON s.id = m.id`
    const bound = () => 0
    if (state === 'sending') return { from: joined('SELECT id FROM claims'), where: [], id, bound }
    if (state === 'scheduled') {
      return {
        from: joined("SELECT id FROM queue_delays WHERE queue = 'message.send'"),
        where: ['s.id IS NULL'],
        id,
        bound,
      }
    }
    // What waits for a retry stands in the delays too, and is `queued`.
    const waiting = `SELECT id FROM queue_entries WHERE queue = 'message.send'
      UNION ALL SELECT d.id FROM queue_delays d CROSS JOIN states_${month} s ON s.id = d.id WHERE d.queue = 'message.send'
      UNION ALL SELECT m.id FROM messages_${month} m WHERE ${isResident(month)}`
    return { from: joined(waiting), where: [], id, bound }
  }

  function isIndexed(month: string, state: MessageState): boolean {
    if (EXCEPTIONS.includes(state) || state === 'sending') return true
    return (
      (state === 'queued' || state === 'scheduled') && (countOf.get(month, state, null, null) ?? 0) <= SORTED_BACKLOG
    )
  }

  /** All messages of the month, and what makes them fit. */
  function anywhere({ name }: Partition, query: MessageQuery): { all: string; matches: string[] } {
    const states = statesOf(query)
    const matches = states ? [`(${states.map((state) => `(${isIn(state)})`).join(' OR ') || '0'})`] : []
    return { all: recordsOf(name), matches }
  }

  /** None where nothing can be found. */
  function sources(month: Partition, query: MessageQuery): SearchSource[] {
    const { name } = month
    const states = statesOf(query)
    if (states?.every((state) => isIndexed(name, state))) return states.map((state) => sourceOf(name, state))
    const channel = query.channel ?? null
    if (states?.every((state) => countOf.get(name, state, channel, channel) === 0)) return []
    const { all, matches } = anywhere(month, query)
    if (states?.every((state) => ENDED.includes(state))) {
      return [{ from: ofStates(name), where: matches, id: 's.id', bound: through(`states_${name}`, '') }]
    }
    return [{ from: all, where: matches, id: 'm.id', bound: through(`messages_${name}`, '') }]
  }

  /** Whether a message may be in one of the states, from its narrow row alone; null where that cannot be told. */
  function mayBeIn({ name }: Partition, query: MessageQuery): ((id: number) => boolean) | null {
    const states = statesOf(query)
    if (!states || !states.every((state) => ENDED.includes(state))) return null
    const list = states.map((state) => `'${state}'`).join(', ')
    const one = db.prepare<[number], number>(`SELECT 1 FROM states_${name} WHERE id = ? AND state IN (${list})`)
    return (id) => one.get(id) !== undefined
  }

  return Object.assign(sources, { anywhere, mayBeIn })
}
