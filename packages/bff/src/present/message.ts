import type { MessageRow, MessageState } from '@signalbox/contracts'
import { traceIdOf, type MessageRecord } from '@signalbox/engine'
import { maskRecipient } from './mask.ts'
import type { View } from './view.ts'

const WAITING: readonly MessageState[] = ['scheduled', 'queued']

/** A row of the search and of the feed: recipient masked, no variables, no body. */
export function presentMessage(record: MessageRecord, { instant, names }: View): MessageRow {
  const { finishedAt } = record
  return {
    record_id: record.id,
    trace_id: traceIdOf(record.id),
    channel: record.channel,
    recipient: maskRecipient(record.channel, record.recipient),
    template_id: record.templateId,
    template_name: names.template(record.templateId),
    template_version: record.templateVersion,
    status: record.state,
    priority: record.priority,
    attempt: record.attempt,
    service: names.service(record.serviceId),
    task_id: record.taskId,
    pending_reason: record.pendingReason,
    due_at: WAITING.includes(record.state) && record.dueAt > record.acceptedAt ? instant(record.dueAt) : null,
    error_code: record.errorCode,
    error_message: record.errorMessage,
    created_at: instant(record.acceptedAt),
    updated_at: instant(record.updatedAt),
    finished_at: finishedAt === null ? null : instant(finishedAt),
    duration_ms: finishedAt === null ? null : Math.max(0, finishedAt - record.firstDueAt),
  }
}
