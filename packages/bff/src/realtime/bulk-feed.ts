import type { BulkJob } from '@signalbox/engine'

/** Steps follow each other in milliseconds; a screen is told of the last one. */
const BEAT_MS = 250

/** Tells of each action at most once a beat, as it stands then. */
export function createBulkFeed(tell: (job: BulkJob) => void): { note(job: BulkJob): void; close(): void } {
  const pending = new Map<number, BulkJob>()
  let timer: NodeJS.Timeout | null = null
  return {
    note(job) {
      pending.set(job.id, job)
      timer ??= setTimeout(() => {
        timer = null
        for (const each of pending.values()) tell(each)
        pending.clear()
      }, BEAT_MS).unref()
    },
    close() {
      if (timer) clearTimeout(timer)
    },
  }
}
