import type { Channel, MessageState, PendingReason } from '@signalbox/contracts'

/** One message as it stands. Times are epoch ms. */
export interface MessageRecord {
  id: number
  channel: Channel
  recipient: string
  templateId: number
  templateVersion: number
  variables: Record<string, string>
  priority: number
  /** Who asked for it: turns among flows of one priority are taken fairly. */
  flow: string
  taskId: number | null
  state: MessageState
  attempt: number
  fence: number
  serviceId: number | null
  providerId: string | null
  pendingReason: PendingReason | null
  /** When it may leave; the acceptance for a message without delay. */
  dueAt: number
  expiresAt: number | null
  errorCode: string | null
  errorMessage: string | null
  acceptedAt: number
  /** The acceptance, or the time it was scheduled for: durations count from here, over all attempts. */
  firstDueAt: number
  claimedAt: number | null
  finishedAt: number | null
  updatedAt: number
  settingsVersion: number
  traceparent: string | null
  /** IANA; where its recipient is, as the caller said. */
  timeZone: string | null
}

/** What stands once and never changes. */
export interface NewMessage {
  id: number
  channel: Channel
  recipient: string
  templateId: number
  templateVersion: number
  variables: Record<string, string>
  priority: number
  flow: string
  taskId: number | null
  acceptedAt: number
  dueAt: number
  expiresAt: number | null
  settingsVersion: number
  traceparent: string | null
  /** IANA; where its recipient is, as the caller said. */
  timeZone: string | null
}

/** A message as it stands right after it was accepted. */
export function acceptedRecord(message: NewMessage): MessageRecord {
  const { acceptedAt, dueAt } = message
  const scheduled = dueAt > acceptedAt
  // Field by field: this runs for every message, and a spread costs as much as the rest of it.
  return {
    id: message.id,
    channel: message.channel,
    recipient: message.recipient,
    templateId: message.templateId,
    templateVersion: message.templateVersion,
    variables: message.variables,
    priority: message.priority,
    flow: message.flow,
    taskId: message.taskId,
    acceptedAt,
    dueAt,
    expiresAt: message.expiresAt,
    settingsVersion: message.settingsVersion,
    traceparent: message.traceparent,
    timeZone: message.timeZone,
    state: scheduled ? 'scheduled' : 'queued',
    attempt: 0,
    fence: 0,
    serviceId: null,
    providerId: null,
    pendingReason: scheduled ? 'delay' : null,
    firstDueAt: dueAt,
    errorCode: null,
    errorMessage: null,
    claimedAt: null,
    finishedAt: null,
    updatedAt: acceptedAt,
  }
}
