import type { LookupAnswer } from '@signalbox/contracts'
import type { Fence } from '../lock/lock.ts'
import type { MessageRecord } from '../messages/record.ts'
import type { Entry } from '../queue/store.ts'

/** The provider was asked what became of an attempt, and what it said. Times are epoch ms. */
export interface Look {
  recordId: number
  attempt: number
  serviceId: number
  startedAt: number
  at: number
  answer: LookupAnswer
  code: string | null
  detail: string | null
}

export interface LookWrite extends Look {
  /** Of the message, as it was when the provider was asked: the answer is for that attempt. */
  fence: number
  providerId: string | null
  /** Only of `delivered`, when the provider says when. */
  deliveredAt: number | null
  /** What certainly did not go is sent again while fewer than these retries are used up. */
  maxRetries: number
}

/** `entry`: it stands in the queue again. */
export interface LookResult {
  record: MessageRecord
  moved: boolean
  entry: Entry | null
}

export interface LookCandidate {
  id: number
  serviceId: number
  finishedAt: number
  /** Its last look. */
  lookedAt: number | null
}

export interface LookQuery {
  state: 'unknown' | 'sent'
  serviceIds: readonly number[]
  /** That ended since. */
  from: number
  /** Of larger ids. */
  after: number
  /** Looks through so many messages at most. */
  scan: number
}

/** Looks at providers, kept as long as traces. */
export interface LookStore {
  /** In the order of their ids. `next`: what is still to be looked through begins above this id; null at the end. */
  candidates(query: LookQuery): Promise<{ found: LookCandidate[]; next: number | null }>
  /**
   * Writes the look, and in the same transaction what it means: `accepted` makes an `unknown` message sent, `failed` makes it
   * failed, `not_found` brings it back to the queue or, without a retry left, makes it failed; `delivered` and `failed` of a sent one
   * count as its receipt. A message that moved on meanwhile keeps its state. Null, and nothing was written, when there is no such
   * message or the lock is lost.
   */
  write(look: LookWrite, lock?: Fence): Promise<LookResult | null>
  /** Oldest first. */
  of(recordId: number): Promise<Look[]>
}
