import type { BulkJob, MessageFilterInput } from '@signalbox/contracts'
import type { BulkFilter, BulkJob as JobRecord } from '@signalbox/engine'
import type { Instant } from './instant.ts'
import { maskRecipient } from './mask.ts'

export function presentBulkJob(job: JobRecord, instant: Instant): BulkJob {
  const { id, action, note, by, state, total, moved, skipped, problem, interruptions, undoable, undoes } = job
  const { startedAt, finishedAt, filter } = job
  return {
    ...{ id, action, note, by, state, total, moved, skipped, problem, interruptions, undoable, undoes },
    filter: presentFilter(filter, instant),
    started_at: instant(startedAt),
    finished_at: finishedAt === null ? null : instant(finishedAt),
  }
}

/** As it stands in the address of the list, the recipient masked. */
function presentFilter(filter: BulkFilter, instant: Instant): BulkJob['filter'] {
  const { status, channel, recipient, templateId, taskId, serviceId, error, from, to } = filter
  const masked = recipient === undefined ? undefined : maskRecipient(channel ?? channelOf(recipient), recipient)
  const texts: Record<keyof MessageFilterInput, string | undefined> = {
    status: typeof status === 'string' ? status : status?.join(','),
    channel,
    recipient: masked,
    template_id: templateId?.toString(),
    task_id: taskId?.toString(),
    service_id: serviceId?.toString(),
    error,
    from: from === undefined ? undefined : instant(from),
    to: to === undefined ? undefined : instant(to),
  }
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) as BulkJob['filter']
}

/** Whose way of masking fits a recipient that may be of any. */
const channelOf = (recipient: string) => (recipient.includes('@') ? 'email' : 'sms')
