import type { BulkJob } from '@signalbox/contracts'
import type { BulkJob as JobRecord } from '@signalbox/engine'
import type { Instant } from './instant.ts'

export function presentBulkJob(job: JobRecord, instant: Instant): BulkJob {
  const { startedAt, finishedAt, ...rest } = job
  return { ...rest, started_at: instant(startedAt), finished_at: finishedAt === null ? null : instant(finishedAt) }
}
