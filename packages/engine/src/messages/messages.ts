import type { Channel, MessageState, Variables } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageRecord } from './record.ts'

interface AcceptOptions {
  templateId: number
  /** 0-10, default 5. */
  priority?: number | undefined
  delayMs?: number | undefined
  /** Epoch ms. */
  scheduledAt?: number | undefined
  ttlMs?: number | undefined
  /** Whose turn it takes; default `api`. */
  flow?: string | undefined
  traceparent?: string | undefined
  /**
   * Same key and same body: the stored answer, nothing new. Same key and another body: `idempotency_mismatch`.
   * `bodyHash` is any stable digest of what the caller asked for.
   */
  idempotency?: { key: string; bodyHash: string } | undefined
}
export interface AcceptMessage extends AcceptOptions {
  recipient: string
  variables: Variables
}
export interface AcceptBatch extends AcceptOptions {
  recipients: readonly string[]
  variablesList: readonly Variables[]
}
export interface Accepted {
  id: number
  traceId: string
  /** True when an earlier call with the same key was answered again. */
  repeated: boolean
}
export interface AcceptedBatch {
  taskId: number
  count: number
  firstId: number
  lastId: number
  repeated: boolean
}

export interface MessageQuery {
  status?: MessageState | undefined
  channel?: Channel | undefined
  recipient?: string | undefined
  templateId?: number | undefined
  taskId?: number | undefined
  /** Keyset: only smaller ids, newest first. */
  before?: number | undefined
  limit: number
}

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
  search(query: MessageQuery): Promise<{ messages: MessageRecord[]; nextBefore: number | null }>
  /** Anything not yet sending. */
  cancel(id: number): Promise<MessageRecord>
  /** A failed or expired message goes back to the queue with fresh attempts. */
  retry(id: number): Promise<MessageRecord>
  /** Ends an `unknown`, or sends it again. */
  resolve(id: number, outcome: 'sent' | 'failed' | 'resend', note?: string): Promise<MessageRecord>
  /** States only move forward; a receipt for something unknown here is dropped and counted. */
  receipt(event: ReceiptEvent): Promise<void>
}
