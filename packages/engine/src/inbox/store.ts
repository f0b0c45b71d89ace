import type { NewInboxEntry } from '@signalbox/channels/adapter'
import type { MessageRecord } from '../messages/record.ts'

/** A message in the inbox of a user. Times are epoch ms. */
export interface InboxEntryRecord extends Omit<NewInboxEntry, 'keepAtMost'> {
  /** From 1, without a gap in one inbox, in the order of their commits. */
  seq: number
  at: number
  read: boolean
}

export interface InboxPage {
  /** By seq. */
  entries: InboxEntryRecord[]
  /** Up to and with this one nothing was left out, but what is gone. */
  upTo: number
  /** The highest that was ever given. */
  lastSeq: number
}

/** What somebody who was not told may have missed of an inbox. */
export interface InboxNews {
  user: string
  lastSeq: number
  /** Those that were read since the time asked for. */
  read: number[]
}

/**
 * Inboxes of users. Every write is one transaction with the receipts that follow from it, and durable when its promise
 * settles; `moved` are the messages whose state that changed.
 */
export interface InboxStore {
  /**
   * Gives the next seq. `repeated`: that record has a place already, which is told; nothing was written. What falls out behind
   * `keepAtMost` without having been taken gets a receipt `failed`, `inbox_full`.
   */
  put(
    entry: NewInboxEntry,
    now: number,
  ): Promise<{ entry: InboxEntryRecord; repeated: boolean; moved: MessageRecord[] }>
  find(recordId: number): Promise<{ user: string; seq: number } | null>
  /** What came after `since` and has not expired, at most `limit`. */
  after(user: string, since: number, limit: number, now: number): Promise<InboxPage>
  /** Of those users that have an inbox, in no order. */
  news(users: readonly string[], readSince: number): Promise<InboxNews[]>
  /** A device has taken everything up to there. Receipts `delivered`, once each, name the device. */
  delivered(user: string, upTo: number, device: string, now: number): Promise<MessageRecord[]>
  /** `seqs`: those that were not read before. Receipts `read` name the device. */
  read(
    user: string,
    seqs: readonly number[],
    device: string,
    now: number,
  ): Promise<{ seqs: number[]; moved: MessageRecord[] }>
  /** Removes what has expired, at most `limit`. What nobody had taken gets a receipt `failed`, `inbox_expired`. */
  expire(now: number, limit: number): Promise<{ removed: number; moved: MessageRecord[] }>
}
