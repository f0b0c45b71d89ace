/** Look-ups of messages, traces and tasks. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { Channel, MessageState, TraceNodeName } from '@signalbox/contracts'
import { firstIdAt } from '../../../ids.ts'
import type { StoredReply } from '../../../messages/store.ts'
import type { TaskRecord } from '../../../tasks/store.ts'
import type { StoredTrace } from '../../../tracer/store.ts'
import { decodeNodes } from '../../shared/nodes.ts'
import { columnsOf, unnest } from '../columns.ts'
import type { Reader } from '../reader.ts'
import { camel, statement } from '../statement.ts'
import { RECORD_COLUMNS, RECORDS, toRecord, type Row } from './record-row.ts'

const select = statement<[number], Row>(`SELECT ${RECORD_COLUMNS} FROM ${RECORDS} WHERE m.id = $1`)
/** The mark is the largest there was when a node last joined, also of those that are gone since. */
const last = statement<[], { id: number | null }>(
  `SELECT greatest((SELECT id FROM messages ORDER BY id DESC LIMIT 1), (SELECT max(id) FROM tasks), (SELECT max(id) FROM jobs),
     (SELECT max(id) FROM bulk_actions), (SELECT id FROM id_mark)) AS id`,
)
const keyReply = statement<[string], { reply: string }>('SELECT reply FROM idempotency_keys WHERE key = $1')

export function messageReads({ db }: Reader) {
  return {
    async byIdempotencyKey(key: string): Promise<StoredReply | null> {
      const row = await db.one(keyReply, key)
      return row && (JSON.parse(row.reply) as StoredReply)
    },
    async get(id: number) {
      const row = await db.one(select, id)
      return row && toRecord(row)
    },
    lastId: async () => Math.max(0, (await db.one(last))?.id ?? 0),
  }
}

const nodesOf = statement<[number], { nodes: string }>(
  'SELECT nodes FROM traces WHERE message_id = $1 ORDER BY attempt, day',
)
/** A provider that repeats a receipt on the next day has it on both. */
const receiptsOf = statement<
  [number],
  { at: number; state: ReceiptEvent['state']; code: string | null; detail: string | null }
>(
  'SELECT DISTINCT ON (at, state) at, state, code, detail FROM receipts WHERE message_id = $1 ORDER BY at, state, day DESC',
)

/** The time is sampled at so many points, so many traces from each. */
const POINTS = 40
const PER_POINT = 100
const sample = statement<[string, string, string], { message_id: number; nodes: string; told_at: number | null }>(
  `SELECT t.message_id, t.nodes, (SELECT min(r.at) FROM receipts r WHERE r.message_id = t.message_id AND r.state <> 'delayed') AS told_at
   FROM ${unnest({ low: 'bigint', high: 'bigint' })} CROSS JOIN LATERAL (
     SELECT message_id, nodes FROM traces WHERE message_id >= w.low AND message_id < w.high ORDER BY message_id LIMIT ${PER_POINT}) t
   JOIN messages m ON m.id = t.message_id WHERE m.channel = $3`,
)

export function traceReads({ db, searches }: Reader) {
  return {
    async get(recordId: number): Promise<StoredTrace> {
      const nodes = (await db.all(nodesOf, recordId)).flatMap((row) => decodeNodes(row.nodes))
      const receipts = await db.all(receiptsOf, recordId)
      return {
        nodes: nodes.toSorted((a, b) => a.attempt - b.attempt),
        receipts: receipts.map(({ at, state, code, detail }) => ({
          ...{ recordId, at, state },
          ...(code === null ? {} : { code }),
          ...(detail === null ? {} : { detail }),
        })),
      }
    },

    async durations(channel: Channel, from: number, to: number): Promise<Record<TraceNodeName, number[]>> {
      const durations: Record<TraceNodeName, number[]> = { queue: [], process: [], send: [], callback: [] }
      const width = (to - from) / POINTS
      const points = Array.from({ length: POINTS }, (_, i) => i)
      const bounds = columnsOf(
        points,
        (i) => firstIdAt(Math.floor(from + i * width)),
        (i) => firstIdAt(Math.floor(from + (i + 1) * width)),
      ) as [string, string]
      for (const { nodes, told_at } of await searches.all(sample, ...bounds, channel)) {
        for (const node of decodeNodes(nodes)) {
          if (node.status === 'pending') {
            if (told_at !== null) durations.callback.push(Math.max(0, told_at - node.startedAt))
          } else if (node.status === 'succeeded' && node.finishedAt !== null) {
            durations[node.name].push(node.finishedAt - node.startedAt)
          }
        }
      }
      return durations
    },
  }
}

const task = statement<[number], Omit<TaskRecord, 'counts'>>(
  `SELECT ${camel('id, total, created_at')}, min(first_claimed_at) AS "firstClaimedAt",
     coalesce(sum(wait_ms_sum), 0) AS "waitMsSum", coalesce(sum(wait_count), 0) AS "waitCount",
     greatest(created_at, max(updated_at)) AS "updatedAt"
   FROM tasks LEFT JOIN task_progress ON task_id = id WHERE id = $1 GROUP BY id`,
)
const counts = statement<[number], { state: MessageState; count: number }>(
  'SELECT state, sum(count) AS count FROM task_counts WHERE task_id = $1 GROUP BY state',
)

export function taskReads({ snapshot }: Reader) {
  return {
    get: (id: number): Promise<TaskRecord | null> =>
      snapshot(async (db) => {
        const row = await db.one(task, id)
        if (!row) return null
        return { ...row, counts: Object.fromEntries((await db.all(counts, id)).map((of) => [of.state, of.count])) }
      }),
  }
}
