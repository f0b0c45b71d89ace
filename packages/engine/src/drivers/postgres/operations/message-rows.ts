/** What all writes of messages share: reading a record, taking it in and out of the queue, moving it with its statistics. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageState, PendingReason } from '@signalbox/contracts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Ending } from '../../shared/sums.ts'
import { columnsOf } from '../columns.ts'
import type { Self } from '../membership.ts'
import type { Notices } from '../notices.ts'
import type { Partitions } from '../partitions.ts'
import { NODE_COUNT } from '../schema/nodes.ts'
import { statement, type Db } from '../statement.ts'
import type { Tally } from '../tally.ts'
import { together } from '../together.ts'
import { RECORD_COLUMNS, RECORDS, toRecord, type Row } from './record-row.ts'

/** That says how a message ended. */
export type Receipt = Exclude<ReceiptEvent['state'], 'delayed'>

export interface ErrorText {
  code: string
  message: string
}

/** What an operation of messages is made of. */
export interface Ground {
  db: Db
  tally: Tally
  partitions: Partitions
  notices: Notices
  /** Whose what it takes is, and what it puts there. */
  self: Pick<Self, 'own' | 'puts'>
}

export interface MessageRows {
  /**
   * As it stands, and nobody else moves it before this transaction ends. Whoever takes its place in the queue or in the delays too does that first: so
   * nobody waits for the other in a circle.
   */
  lock(id: number): Promise<MessageRecord | null>
  /** Several at once, in one order everywhere. */
  lockAll(ids: readonly number[]): Promise<void>
  /** As it stands, for whoever has taken its place and so is alone with it. */
  read(id: number): Promise<MessageRecord | null>
  enqueue(entry: Entry): Promise<void>
  /** False when it does not stand there as this node's own. */
  dequeue(entry: Entry): Promise<boolean>
  /** The same, whoever owns it: their `owner`; null when it does not stand there. */
  dequeueOfAny(entry: Entry): Promise<number | null>
  /** `heldFor`: it was ready, and is put aside until then for this reason. */
  delay(entry: Entry, dueAt: number, heldFor?: PendingReason): Promise<void>
  /** False when it did not wait there. */
  undelay(id: number): Promise<boolean>
  /** Why it failed, when a receipt says that it did. */
  errorOf(id: number, receipt: MessageState): Promise<ErrorText | null>
  /** The receipt that came while the message is being sent under this fence; null when it is not. */
  receiptWhileSending(id: number, fence: number): Promise<{ receipt: Receipt | null } | null>
  /** Any move but a claim and its result. */
  move(record: MessageRecord, to: MessageState, now: number, error?: ErrorText | null): Promise<MessageRecord>
}

const select = statement<[number], Row>(`SELECT ${RECORD_COLUMNS} FROM ${RECORDS} WHERE m.id = $1`)
/** In this order: a result takes away the claim before it writes the state. */
const lockClaim = statement<[number], { id: number }>('SELECT id FROM claims WHERE id = $1 FOR UPDATE')
const lockState = statement<[number], { id: number }>('SELECT id FROM states WHERE id = $1 FOR UPDATE')
const lockClaims = statement<[string], { id: number }>(
  'SELECT id FROM claims WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE',
)
const lockStates = statement<[string], { id: number }>(
  'SELECT id FROM states WHERE id = ANY ($1::bigint[]) ORDER BY id FOR UPDATE',
)
const insertEntry = statement<[number, string, number, string, number]>(
  'INSERT INTO queue_entries (owner, queue, priority, lane, id) VALUES ($1, $2, $3, $4, $5)',
)
const deleteEntry = statement<[number, string, number, string, number]>(
  'DELETE FROM queue_entries WHERE owner = $1 AND queue = $2 AND priority = $3 AND lane = $4 AND id = $5',
)
/** Each owner is a look of its own: the key begins with it. */
const deleteOfAny = statement<[string, number, string, number], { owner: number }>(
  `DELETE FROM queue_entries WHERE owner = ANY (ARRAY(SELECT generate_series(0, ${NODE_COUNT})))
     AND queue = $1 AND priority = $2 AND lane = $3 AND id = $4 RETURNING owner`,
)
const insertDelay = statement<[number, number, string, number, string, string | null]>(
  'INSERT INTO queue_delays (id, due_at, queue, priority, lane, held_for) VALUES ($1, $2, $3, $4, $5, $6)',
)
const deleteDelay = statement<[number]>('DELETE FROM queue_delays WHERE id = $1')
const sending = statement<[number, number], { receipt: Receipt | null }>(
  'SELECT receipt FROM claims WHERE id = $1 AND fence = $2 FOR UPDATE',
)
const failedReceipt = statement<[number], { code: string | null; detail: string | null }>(
  `SELECT code, detail FROM receipts WHERE message_id = $1 AND state = 'failed' ORDER BY day DESC, at DESC LIMIT 1`,
)
const deleteClaim = statement<[number]>('DELETE FROM claims WHERE id = $1')
const moveState = statement<
  [
    id: number,
    state: string,
    attempt: number,
    fence: number,
    serviceId: number | null,
    errorCode: string | null,
    errorMessage: string | null,
    claimedAt: number | null,
    finishedAt: number | null,
    now: number,
  ]
>(
  `INSERT INTO states (id, state, attempt, fence, service_id, error_code, error_message, claimed_at, finished_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   ON CONFLICT (id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt, fence = excluded.fence,
     service_id = excluded.service_id, error_code = excluded.error_code, error_message = excluded.error_message,
     claimed_at = excluded.claimed_at, finished_at = excluded.finished_at, pending_reason = NULL, updated_at = excluded.updated_at`,
)

export function messageRows({ db, tally, partitions, self }: Ground): MessageRows {
  async function read(id: number): Promise<MessageRecord | null> {
    const row = await db.one(select, id)
    return row && toRecord(row)
  }
  return {
    async lock(id) {
      // Asked in one go, and answered one after the other: the last sees what the locks waited for.
      const [, , record] = await together([db.one(lockClaim, id), db.one(lockState, id), read(id)])
      return record
    },
    async lockAll(all) {
      if (all.length < 2) return
      const [ids] = columnsOf(all, (id) => id) as [string]
      await together([db.all(lockClaims, ids), db.all(lockStates, ids)])
    },
    read,
    async enqueue({ queue, priority, lane, id }) {
      await db.run(insertEntry, self.puts, queue, priority, lane, id)
    },
    dequeue: async ({ queue, priority, lane, id }) =>
      (await db.run(deleteEntry, self.own, queue, priority, lane, id)) === 1,
    dequeueOfAny: async ({ queue, priority, lane, id }) =>
      (await db.one(deleteOfAny, queue, priority, lane, id))?.owner ?? null,
    async delay({ queue, priority, lane, id }, dueAt, heldFor) {
      await db.run(insertDelay, id, dueAt, queue, priority, lane, heldFor ?? null)
    },
    undelay: async (id) => (await db.run(deleteDelay, id)) === 1,
    async errorOf(id, receipt) {
      if (receipt !== 'failed') return null
      const said = await db.one(failedReceipt, id)
      return { code: said?.code ?? 'receipt', message: said?.detail ?? 'the receipt says failed' }
    },
    receiptWhileSending: (id, fence) => db.one(sending, id, fence),
    async move(record, to, now, error = null) {
      const finishedAt = to === 'queued' ? null : (record.finishedAt ?? now)
      const moved: MessageRecord = {
        ...record,
        state: to,
        pendingReason: null,
        errorCode: error?.code ?? null,
        errorMessage: error?.message ?? null,
        finishedAt,
        updatedAt: now,
      }
      await partitions.months([record.id])
      if (record.state === 'sending') await db.run(deleteClaim, record.id)
      const { id, attempt, fence, serviceId, errorCode, errorMessage, claimedAt } = moved
      await db.run(moveState, id, to, attempt, fence, serviceId, errorCode, errorMessage, claimedAt, finishedAt, now)
      tally.moved(record, record.state, to, now, {
        ...(record.finishedAt !== null ? { before: endingOf(record, record.finishedAt) } : {}),
        ...(finishedAt !== null ? { after: endingOf(record, finishedAt) } : {}),
      })
      return moved
    },
  }
}

function endingOf(record: MessageRecord, finishedAt: number): Ending {
  return { serviceId: record.serviceId, finishedAt, durationMs: Math.max(0, finishedAt - record.firstDueAt) }
}
