/** A record from the row that is read of it. */
import type { Channel, MessageState, PendingReason } from '@signalbox/contracts'
import type { MessageRecord } from '../../messages/record.ts'
import { laneOf } from '../../queue/lane.ts'
import type { Entry } from '../../queue/store.ts'

export interface RecordRow {
  id: number
  channel: Channel
  recipient: string
  template_id: number
  template_version: number
  variables: string
  priority: number
  flow: string
  task_id: number | null
  accepted_at: number
  message_due_at: number
  expires_at: number | null
  settings_version: number
  traceparent: string | null
  time_zone: string | null
  state: MessageState | null
  attempt: number | null
  fence: number | null
  service_id: number | null
  provider_id: string | null
  pending_reason: PendingReason | null
  state_due_at: number | null
  error_code: string | null
  error_message: string | null
  claimed_at: number | null
  finished_at: number | null
  updated_at: number | null
}

/**
 * A message without a state and without a claim has not been touched since it was accepted: `scheduled` while it stands
 * in the delays, else `queued`.
 */
export function toRecord(row: RecordRow, delayed: (dueAt: number, id: number) => boolean): MessageRecord {
  const untouched = row.state === null
  const scheduled = untouched && row.message_due_at > row.accepted_at && delayed(row.message_due_at, row.id)
  return {
    id: row.id,
    channel: row.channel,
    recipient: row.recipient,
    templateId: row.template_id,
    templateVersion: row.template_version,
    variables: JSON.parse(row.variables) as Record<string, string>,
    priority: row.priority,
    flow: row.flow,
    taskId: row.task_id,
    state: row.state ?? (scheduled ? 'scheduled' : 'queued'),
    attempt: row.attempt ?? 0,
    fence: row.fence ?? 0,
    serviceId: row.service_id,
    providerId: row.provider_id,
    pendingReason: scheduled ? 'delay' : row.pending_reason,
    dueAt: row.state_due_at ?? row.message_due_at,
    expiresAt: row.expires_at,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    acceptedAt: row.accepted_at,
    firstDueAt: row.message_due_at,
    claimedAt: row.claimed_at,
    finishedAt: row.finished_at,
    updatedAt: row.updated_at ?? row.accepted_at,
    settingsVersion: row.settings_version,
    traceparent: row.traceparent,
    timeZone: row.time_zone,
  }
}

export function entryOf(record: Pick<MessageRecord, 'id' | 'priority' | 'channel' | 'flow'>): Entry {
  return { queue: 'message.send', priority: record.priority, lane: laneOf(record.channel, record.flow), id: record.id }
}
