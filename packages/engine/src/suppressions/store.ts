import type { Channel, SuppressionPurpose, SuppressionReason } from '@signalbox/contracts'

/** One recipient who must not be written to over one channel. Times are epoch ms. */
export interface SuppressionRecord {
  id: number
  channel: Channel
  /** In its canonical spelling. */
  recipient: string
  purpose: SuppressionPurpose
  reason: SuppressionReason
  detail: string | null
  /** The message that caused it. */
  recordId: number | null
  createdAt: number
}
export type NewSuppression = Omit<SuppressionRecord, 'id'>

export interface SuppressionQuery {
  channel?: Channel | undefined
  recipient?: string | undefined
  reason?: SuppressionReason | undefined
  /** Only smaller ids. */
  before?: number | undefined
  limit: number
}

export interface Lift {
  channel: Channel
  recipient: string
  reasons: readonly SuppressionReason[]
  /** The message that was answered, where there is one. */
  recordId: number | null
  detail: string | null
  now: number
}

/**
 * Every write is one transaction with its line in the audit log, and durable when its promise settles. A recipient stands
 * once per channel, purpose and reason; ids only go up.
 */
export interface SuppressionStore {
  /** `added` is false when it stood there already: then nothing was written, and the record is the one that stands. */
  add(suppression: NewSuppression): Promise<{ record: SuppressionRecord; added: boolean }>
  /** What was removed; null when there was none. */
  remove(id: number, now: number): Promise<SuppressionRecord | null>
  /** Removes those of these reasons; resolves to what was removed. */
  lift(lift: Lift): Promise<SuppressionRecord[]>
  get(id: number): Promise<SuppressionRecord | null>
  /** Of one recipient, oldest first. */
  of(channel: Channel, recipient: string): Promise<SuppressionRecord[]>
  /** Newest first. */
  list(query: SuppressionQuery): Promise<SuppressionRecord[]>
  /** Everybody there is, by id, from behind `after` on. */
  recipients(after: number, limit: number): Promise<Pick<SuppressionRecord, 'id' | 'channel' | 'recipient'>[]>
}
