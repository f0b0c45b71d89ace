import type { MessageState } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { traceIdOf } from '../ids.ts'
import type { Queues } from '../queue/queues.ts'
import { batchRequest, prepareAccept, replyOf, singleRequest, type AcceptDeps, type AcceptRequest } from './accept.ts'
import { createAfterMoves } from './after-moves.ts'
import type { MessageRecord } from './record.ts'
import type { Accepted, AcceptedBatch, AcceptBatch, AcceptMessage, MessageQuery } from './requests.ts'
import type { AcceptResult, MessageStore, SearchPage, StoredReply } from './store.ts'

/**
 * The life of messages. Promises of writes settle after the commit is on disk. Errors are `EngineError`s:
 * `template_not_found`, `template_not_active`, `missing_variable`, `unknown_variable`, `invalid_recipient`, `invalid`,
 * `idempotency_mismatch`, `queue_full`, `not_accepting`, `message_not_found`, `wrong_state`.
 */
export interface Messages {
  accept(input: AcceptMessage): Promise<Accepted>
  /** All or nothing. `issues` names every bad entry, at most 20. */
  acceptBatch(input: AcceptBatch): Promise<AcceptedBatch>
  get(id: number): Promise<MessageRecord | null>
  /** See `MessageStore.search`: a page may end before it is full. */
  search(query: MessageQuery): Promise<SearchPage>
  /** Anything not yet sending. */
  cancel(id: number): Promise<MessageRecord>
  /** A failed or expired message goes back to the queue with fresh attempts. */
  retry(id: number): Promise<MessageRecord>
  /** Ends an `unknown`, or sends it again. */
  resolve(id: number, outcome: 'sent' | 'failed' | 'resend', note?: string): Promise<MessageRecord>
  /** States only move forward; a receipt for something unknown here is dropped and counted. */
  receipt(event: ReceiptEvent): Promise<void>
}

export interface MessagesDeps extends AcceptDeps {
  store: MessageStore
  clock: Clock
  /** Throws `not_accepting` or `queue_full` when `count` more cannot be taken. */
  checkRoom: (count: number) => void
  queues: Queues
  accepted: (record: MessageRecord) => void
  changed: (record: MessageRecord) => void
}

const QUEUE = 'message.send'

export function createMessages(deps: MessagesDeps): Messages {
  const { store, clock, queues, changed } = deps
  const afterMove = createAfterMoves(queues, changed)

  async function accept(request: AcceptRequest): Promise<{ reply: StoredReply; repeated: boolean }> {
    deps.checkRoom(request.recipients.length)
    const planned = prepareAccept(request, deps)
    const { write, entries } = planned instanceof Promise ? await planned : planned
    const { messages, task } = write
    let result: AcceptResult | null = null
    try {
      result = await store.accept(write)
    } finally {
      // The room that was reserved for messages is given back when they were not accepted.
      if (result?.kind !== 'accepted') queues.window(QUEUE).unreserve(entries)
    }
    if (result.kind === 'mismatch') {
      throw new EngineError(
        'idempotency_mismatch',
        'expected the same body as the first request with this idempotency key, got another one',
      )
    }
    if (result.kind === 'repeated') return { reply: result.reply, repeated: true }
    const first = messages[0] as MessageRecord
    if (first.dueAt > first.acceptedAt) queues.delay(first.dueAt, messages.length)
    else if (write.unowned) queues.handOver(entries)
    else queues.push(entries)
    for (const message of messages) deps.accepted(message)
    return { reply: replyOf(task?.id ?? null, messages), repeated: false }
  }

  async function existing<T>(id: number, found: Promise<T | null>): Promise<T> {
    const result = await found
    if (result === null) throw new EngineError('message_not_found', `message ${id} not found`)
    return result
  }

  function expectState(record: MessageRecord, moved: boolean, what: string, expected: string): void {
    if (moved) return
    throw new EngineError('wrong_state', `expected a message to ${what} to be ${expected}, got ${record.state}`)
  }

  async function requeue(id: number, audit: string, from: readonly MessageState[]): Promise<MessageRecord> {
    const { record, moved, entry } = await existing(id, store.requeue(id, from, clock.now(), audit))
    expectState(record, moved, audit, from.join(' or '))
    afterMove({ kind: 'requeued', record, entry })
    return record
  }

  return {
    async accept(input) {
      const { reply, repeated } = await accept(singleRequest(input))
      if (!('id' in reply)) throw mismatchedKind('a single send', 'a batch')
      return { id: reply.id, traceId: traceIdOf(reply.id), repeated }
    },
    async acceptBatch(input) {
      const { reply, repeated } = await accept(batchRequest(input))
      if ('id' in reply) throw mismatchedKind('a batch', 'a single send')
      return { ...reply, repeated }
    },
    get: (id) => store.get(id),
    search: (query) => store.search(query),
    async cancel(id) {
      const { record, moved, wasDelayed } = await existing(id, store.cancel(id, clock.now()))
      expectState(record, moved, 'cancel', 'scheduled or queued')
      afterMove({ kind: 'cancelled', record, wasDelayed })
      return record
    },
    retry: (id) => requeue(id, 'retry', ['failed', 'expired']),
    async resolve(id, outcome, note = '') {
      if (outcome === 'resend') return requeue(id, 'resend', ['unknown'])
      const { record, moved } = await existing(id, store.resolve(id, outcome, clock.now(), note))
      expectState(record, moved, 'resolve', 'unknown')
      afterMove({ kind: 'resolved', record })
      return record
    },
    async receipt(event) {
      const told = await store.receipt(event, clock.now())
      if (told?.moved) changed(told.record)
    },
  }
}

function mismatchedKind(expected: string, got: string): EngineError {
  return new EngineError('idempotency_mismatch', `expected the idempotency key of ${expected}, got one of ${got}`)
}
