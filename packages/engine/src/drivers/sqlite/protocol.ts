/** What crosses between the main thread and a store thread. */

export interface ThreadSetup {
  folder: string
  mode: 'write' | 'read'
  /** How long another program may hold the database before a write is put off; default 5,000. */
  busyTimeoutMs?: number
}

export type Call = [name: string, args: unknown[]]

/** One batch is one transaction in the writer, and a sequence of independent reads in a reader. */
export interface Batch {
  calls: Call[]
}

export type Result =
  | [ok: 1, value: unknown]
  | [ok: 0, error: unknown]
  /** Certainly not written, and the same call may succeed later: the reason. */
  | [ok: 2, notNow: string]

export type Reply =
  | { kind: 'ready' }
  | { kind: 'results'; results: Result[] }
  /** The commit failed: what the batch wrote may or may not be on disk. The writer takes nothing more. */
  | { kind: 'commit-unknown'; error: Error }
