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

export type Call = [name: string, args: unknown[]]

/**
 * One batch is one transaction in the writer, and a sequence of independent reads in a reader. One flat array: of each
 * call the place of its name in what `ready` listed, the number of its arguments, and these.
 */
export type Batch = unknown[]

export type Failure =
  | [call: number, kind: 'failed', error: unknown]
  /** Certainly not written, and the same call may succeed later: the reason. */
  | [call: number, kind: 'not-now', reason: string]

export type Reply =
  | { kind: 'ready'; operations: string[] }
  /** By the place of the call in its batch. */
  | { kind: 'results'; values: unknown[]; failures: Failure[] }
  /** The commit failed: what the batch wrote may or may not be on disk. The writer takes nothing more. */
  | { kind: 'commit-unknown'; error: Error }
