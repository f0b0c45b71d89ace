import type { PendingReason, QueueName, WorkedQueue } from '@signalbox/contracts'
import type { MessageRecord } from '../messages/record.ts'

export type { WorkedQueue } from '@signalbox/contracts'

/** One thing that waits. A lane is the unit of fair turns and of blocking: a channel and a flow, or a kind of job. */
export interface Entry {
  queue: WorkedQueue
  priority: number
  lane: string
  id: number
}

export interface LaneSize {
  queue: WorkedQueue
  priority: number
  lane: string
  count: number
}

/**
 * What waits, in order: highest priority first, within it by id in each lane. Entries are put in and taken out by the
 * writes that change their message (accept, claim, settle); this port only reads the order and moves what falls due.
 *
 * Where several nodes share a store each entry belongs to one of them, or to none yet, and this port speaks of this node's own:
 * only its owner claims an entry. What waits for its time belongs to nobody; whoever promotes it owns it. What a node puts
 * back or puts in (a requeue, a look, a job) is its own, or nobody's where its role is `api`.
 */
export interface QueueStore {
  /** Whether it finds what was accepted as resident again after a crash. Where it does not, everything that waits has an entry from the first. */
  readonly keepsResidents: boolean
  /** All lanes with anything ready, with their sizes. Read once, at start. */
  lanes(): Promise<LaneSize[]>
  /**
   * The next ids of a lane after `after`, ascending, with the records of those that were never claimed (to spare their claims
   * the reading). Sees every write that had settled before this call.
   */
  load(
    lane: Omit<LaneSize, 'count'>,
    after: number,
    limit: number,
  ): Promise<{ ids: number[]; untouched: MessageRecord[] }>
  /**
   * Gives residents entries in the store. Everything older than `oldestResident` that waits has one afterwards: a restart
   * looks for residents from there on.
   */
  writeDown(entries: readonly Entry[], oldestResident: number): Promise<void>
  /** Moves up to `limit` of what is due at `now` from the delays to the ready, and tells when the next falls due. */
  promote(now: number, limit: number): Promise<{ entries: Entry[]; records: MessageRecord[]; nextDueAt: number | null }>
  /** How many of a lane stand between two ids, both left out; counts no further than `limit`. Never waits for a write. */
  countBetween(lane: Omit<LaneSize, 'count'>, after: number, before: number, limit: number): Promise<number>
  /** Makes up to `limit` messages due at `now` that are held for this reason until later. Returns how many. */
  wake(reason: PendingReason, now: number, limit: number): Promise<number>
  /** Makes a message that is held until later due at `dueAt`. False when it was not held, or is due by then. */
  hasten(id: number, dueAt: number): Promise<boolean>
  /** What waits for its time, by queue. Read once, at start. */
  delayed(): Promise<{ queue: QueueName; count: number }[]>
  /**
   * Makes up to `limit` entries that belong to nobody this node's own: of this priority or a higher one, the highest first, the
   * lanes of one in turns, the oldest of each first. Never waits for another node that does the same.
   */
  adopt(limit: number, lowestPriority: number): Promise<Entry[]>
  /** The same with those of these entries that belong to nobody. */
  adoptThese(entries: readonly Entry[]): Promise<Entry[]>
  /** Lets go of up to `limit` own entries of a lane after `after`, the newest first: they belong to nobody. */
  giveUp(lane: Omit<LaneSize, 'count'>, after: number, limit: number): Promise<Entry[]>
  /** How many belong to nobody; counts no further than `limit`. */
  unowned(limit: number): Promise<number>
  /** The lease of the node that an entry belongs to, 0: nobody; null when there is no such entry. Never waits for a write. */
  ownerOf(entry: Entry): Promise<number | null>
}
