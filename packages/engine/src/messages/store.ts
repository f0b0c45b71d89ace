import type { Channel, MessageState, PendingReason } from '@signalbox/contracts'
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { Fence } from '../lock/lock.ts'
import type { Entry } from '../queue/store.ts'
import type { TraceNode } from '../tracer/trace.ts'
import type { MessageQuery } from './requests.ts'
import type { MessageRecord, NewMessage } from './record.ts'

export type { NewMessage }

/** What the caller of an accepted request was told, kept under its idempotency key. */
export type StoredReply = { id: number } | { taskId: number; count: number; firstId: number; lastId: number }

export interface AcceptWrite {
  messages: readonly NewMessage[]
  /** All messages of one write share their lane, and everything but their ids, recipients and variables. */
  lane: string
  /**
   * The caller keeps their places in the queue in memory: the store may spare their entries, and finds them again by
   * itself after a crash. Until `QueueStore.writeDown` the caller names them as resident when it claims them.
   */
  resident?: boolean
  /** Its entries belong to nobody: this node has no room for them, or does not work. Not together with `resident`. */
  unowned?: boolean
  task: { id: number; templateId: number; channel: Channel; total: number; priority: number } | null
  idempotency: { key: string; bodyHash: string; reply: StoredReply } | null
  now: number
}
export type AcceptResult = { kind: 'accepted' } | { kind: 'repeated'; reply: StoredReply } | { kind: 'mismatch' }

export interface ClaimWrite {
  entry: Entry
  /** As it was accepted, and not written down since. */
  resident?: boolean
  serviceId: number
  /** First instant of the day in which it uses the quota of its service; left out or null: of none. */
  quotaDay?: number | null
  now: number
  /** The record as it was accepted, when the caller still has it and it was never claimed: spares reading it back. */
  fresh?: MessageRecord | null
}
/** `gone`: it was cancelled, or another took it. `expired`: its time was over; it has ended as `expired`. */
export type ClaimResult =
  | { kind: 'claimed'; record: MessageRecord; attemptBase: number; queuedAt: number }
  | { kind: 'expired'; record: MessageRecord }
  | { kind: 'gone' }

export interface SettleWrite {
  record: MessageRecord
  state: 'sent' | 'failed' | 'unknown' | 'queued'
  providerId: string | null
  errorCode: string | null
  errorMessage: string | null
  /** Only with `queued`: when the next attempt may leave, and where it waits. */
  retry: { dueAt: number; entry: Entry } | null
  /** Milliseconds the provider took to answer; null when it was not asked. */
  responseMs: number | null
  /** The day whose quota its service gets back: it was certainly not sent. */
  quotaBack?: number | null
  nodes: readonly TraceNode[]
  now: number
}

/** One that is ready waits for its time instead; it uses no attempt. */
export interface HoldWrite {
  entry: Entry
  /** See `ClaimWrite`. */
  resident?: boolean
  reason: PendingReason
  dueAt: number
  now: number
}

export interface Moved {
  record: MessageRecord
  moved: boolean
}

/** Newest first. `nextBefore`: what is still to be looked through begins below this id; null at the end. */
export interface SearchPage {
  messages: MessageRecord[]
  nextBefore: number | null
}

/** What a bulk action needs to know of a message. */
export interface MessageRef {
  id: number
  templateId: number
  recipient: string
}
export interface RefPage {
  refs: MessageRef[]
  nextBefore: number | null
}

/** What a provider answered after its message had been given up as `unknown`. */
export interface LateWrite {
  id: number
  fence: number
  state: 'sent' | 'failed'
  providerId: string | null
  errorCode: string | null
  errorMessage: string | null
  now: number
}

/**
 * The records of messages. Every write is one transaction together with whatever else is written in the same turn, with
 * its statistics inside, and durable when its promise settles. A rejected write was not made, except `CommitUnknown`:
 * then it may or may not have been.
 *
 * Guarantees: an accepted message is never lost; `claim` hands an entry to one caller only and is on disk before it
 * resolves; a result is written only by the holder of the highest fence; states move only as `states.ts` allows.
 */
export interface MessageStore {
  accept(write: AcceptWrite): Promise<AcceptResult>
  claim(write: ClaimWrite): Promise<ClaimResult>
  /** From the ready to what waits for its time, as `queued` with a reason. Null when it is ready no more: cancelled. */
  hold(write: HoldWrite): Promise<MessageRecord | null>
  /**
   * Null when the fence is stale: somebody else has decided in between, and this result is dropped. A receipt that came during
   * the attempt decides where it knows better: one that says delivered or read also ends what was to be tried again.
   */
  settle(write: SettleWrite): Promise<MessageRecord | null>
  /** May only resolve an `unknown` of the same fence; null otherwise. */
  resolveLate(write: LateWrite): Promise<MessageRecord | null>
  /** Anything that waits. Like the two below: the record as it stands afterwards and whether it moved, null when there is none. */
  cancel(id: number, now: number): Promise<(Moved & { wasDelayed: boolean }) | null>
  /** Back to the queue with fresh attempts, from one of these states only. `audit` names the action in the audit log. */
  requeue(
    id: number,
    from: readonly MessageState[],
    now: number,
    audit: string,
  ): Promise<(Moved & { entry: Entry }) | null>
  /** Ends an `unknown`. */
  resolve(id: number, state: 'sent' | 'failed', now: number, note: string): Promise<Moved | null>
  /** Moves a message forward or nowhere; null when the receipt is for nothing here. One that comes while it is being sent is kept until the result. */
  receipt(event: ReceiptEvent, now: number): Promise<Moved | null>
  /**
   * What a crash left in `sending`: `unknown` under the policy `hold`, back in the queue under `retry`. Called once, before
   * anything is sent. Returns how many of each.
   */
  recover(policies: Record<Channel, 'hold' | 'retry'>, now: number): Promise<{ unknown: number; requeued: number }>
  /** The largest id ever given out; 0 in an empty store. */
  lastId(): Promise<number>
  get(id: number): Promise<MessageRecord | null>
  /** A page with fewer than `limit` and a `nextBefore` has looked through as many as it may (`scan`). */
  search(query: MessageQuery): Promise<SearchPage>
  /** The same messages, in short. */
  refs(query: MessageQuery): Promise<RefPage>
  /** What the first request with this key was told; null when none is kept. */
  byIdempotencyKey(key: string): Promise<StoredReply | null>
  /** A line in the audit log for what changes no message. */
  audit(action: string, recordId: number | null, detail: string | null, now: number): Promise<void>
  /**
   * Removes what is past its time, a bounded number of rows per call, and returns how many: whole days of traces, whole months
   * of records in which nothing waits, is sent or is `unknown`, idempotency keys, sandbox messages, and bulk actions. Times are epoch ms.
   * Null, and nothing was removed, when there is a fence and it is stale.
   */
  clean(
    limits: {
      tracesBefore: number
      recordsBefore: number
      keysBefore: number
      keptAtMost: number
      /** Bulk actions that have ended. */
      actionsAtMost: number
      batch: number
    },
    fence?: Fence,
  ): Promise<number | null>
}
