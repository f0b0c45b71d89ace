/** What crosses between the main thread and a store thread. */

import type { RecentMemory } from './recent-recipients.ts'

export interface ThreadSetup {
  folder: string
  mode: 'write' | 'read'
  /** How long another program may hold the database before a write is put off; default 5,000. */
  busyTimeoutMs?: number
  /** What the writer shares with the readers; each of its own finds only what is in a segment. */
  recent?: RecentMemory
}

/**
 * The calls of one turn, in one flat array: of each the place of its name in what `ready` listed, the number of its
 * arguments, and these. What has arrived when the writer is free is one transaction; in a reader each call is for itself.
 */
export type Batch = unknown[]

export type Failure =
  | [call: number, kind: 'failed', error: unknown]
  /** Certainly not written, and the same call may succeed later: the reason. */
  | [call: number, kind: 'not-now', reason: string]

export type Reply =
  | { kind: 'ready'; operations: string[] }
  /** Of as many calls as shared a transaction, the oldest that were not answered yet; by the place of each among them. */
  | { kind: 'results'; calls: number; values: unknown[]; failures: Failure[] }
  /** The commit failed: what its calls wrote may or may not be on disk. The writer takes nothing more. */
  | { kind: 'commit-unknown'; error: Error }
