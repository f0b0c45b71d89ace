import type { BulkAction, BulkFilter } from './bulk.ts'
import type { Entry } from '../queue/store.ts'
import type { MessageRecord } from './record.ts'

/** A bulk action as it stands on disk. Times are epoch ms. */
export interface BulkRecord {
  id: number
  action: BulkAction
  filter: BulkFilter
  note: string
  /** Who asked for it, as they called themselves. */
  by: string | null
  /** `stopped`: by somebody, half way. `failed`: see `problem`. */
  state: 'running' | 'done' | 'stopped' | 'failed'
  /** How many were counted and confirmed. */
  total: number
  moved: number
  /** Fitted when they were counted and had moved on by themselves. */
  skipped: number
  /** What is still to be looked at begins below this id; null at the end. */
  nextBefore: number | null
  startedAt: number
  finishedAt: number | null
  problem: string | null
  /** The action that this one takes back. */
  undoes: number | null
  /** Another one takes it back. */
  undone: boolean
  /** How often a restart cut it off, and it went on. */
  interruptions: number
}

/** The next messages of an action, and where it stands after them. */
export interface BulkStep {
  id: number
  action: BulkAction
  note: string
  ids: readonly number[]
  nextBefore: number | null
  now: number
}

/** What one step did to a message, with what the queues need to know of it. */
export type BulkMove =
  | { kind: 'requeued'; record: MessageRecord; entry: Entry }
  | { kind: 'cancelled'; record: MessageRecord; wasDelayed: boolean }
  | { kind: 'resolved'; record: MessageRecord }

/**
 * Bulk actions. A step moves its messages and notes where the action stands in one transaction: after a crash it goes on
 * behind its last step, and acts on no message twice.
 */
export interface BulkStore {
  /** False, and nothing was written, when it takes back an action that cannot be taken back (any more). */
  begin(record: BulkRecord): Promise<boolean>
  /**
   * The messages it moved; the others of the step had moved on by themselves. Null, and nothing was written, when the action has
   * ended: somebody stopped it elsewhere.
   */
  step(step: BulkStep): Promise<BulkMove[] | null>
  /** `total` of a finished action is accounted for: what was not moved was skipped. */
  end(id: number, state: 'done' | 'stopped' | 'failed', problem: string | null, now: number): Promise<BulkRecord | null>
  /** Those that have not ended, on whichever node. */
  running(): Promise<BulkRecord[]>
  /** Counts an interruption of one that runs: whoever ran it is gone. Null when it has ended. */
  interrupted(id: number): Promise<BulkRecord | null>
  get(id: number): Promise<BulkRecord | null>
  /** Newest first. */
  list(limit: number): Promise<BulkRecord[]>
  /** Ids that the action moved, newest first. Only of those that put messages back. */
  moved(id: number, before: number, limit: number): Promise<number[]>
}
