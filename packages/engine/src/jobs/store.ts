import type { Entry } from '../queue/store.ts'

export interface JobRecord {
  id: number
  payload: string
  attempt: number
}

/** Jobs with their queue entries. An entry stays until `complete` or `fail`: a crash hands the job out again. */
export interface JobStore {
  insert(entry: Entry, payload: string, dueAt: number, now: number): Promise<void>
  /** Counts an attempt. Null when it is gone. */
  begin(entry: Entry): Promise<JobRecord | null>
  complete(entry: Entry): Promise<void>
  /** `retryAt` null: no more attempts; the job stays for inspection. */
  fail(entry: Entry, error: string, retryAt: number | null, now: number): Promise<void>
}
