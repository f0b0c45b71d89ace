/** What callers ask of messages, and what they are told. */
import type { Channel, MessageState, Variables } from '@signalbox/contracts'

interface AcceptOptions {
  templateId: number
  /** Exactly this version, also one that is kept for tests; default: the one in force. */
  templateVersion?: number | undefined
  /** 0-10, default 5. */
  priority?: number | undefined
  delayMs?: number | undefined
  /** Epoch ms. */
  scheduledAt?: number | undefined
  ttlMs?: number | undefined
  /** Whose turn it takes; default `api`. */
  flow?: string | undefined
  traceparent?: string | undefined
  /** IANA; where the recipients are: quiet hours are theirs. */
  timeZone?: string | undefined
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
  /** One, or any of several. */
  status?: MessageState | readonly MessageState[] | undefined
  channel?: Channel | undefined
  /** In full, in its canonical spelling. */
  recipient?: string | undefined
  templateId?: number | undefined
  taskId?: number | undefined
  serviceId?: number | undefined
  /** The code of the error, or a part of its text in any case. */
  error?: string | undefined
  /** Epoch ms of the acceptance, from inclusive, to exclusive. */
  from?: number | undefined
  to?: number | undefined
  /** Keyset: only smaller ids, newest first. */
  before?: number | undefined
  limit: number
  /** Looks through about so many messages and no more; the page then says where to go on. Default: as many as it takes. */
  scan?: number | undefined
}
