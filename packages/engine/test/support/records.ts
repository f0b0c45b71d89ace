import type { MessageRecord } from '../../src/messages/record.ts'

/** A record as it stands right after it was accepted, with what a test says otherwise. */
export function newRecord(changes: Partial<MessageRecord> = {}): MessageRecord {
  const acceptedAt = changes.acceptedAt ?? Date.UTC(2026, 0, 15, 8)
  return {
    id: 1,
    channel: 'sms',
    recipient: '13800000001',
    templateId: 1,
    templateVersion: 1,
    variables: {},
    priority: 5,
    flow: 'api',
    taskId: null,
    state: 'queued',
    attempt: 0,
    fence: 0,
    serviceId: null,
    providerId: null,
    pendingReason: null,
    dueAt: acceptedAt,
    expiresAt: null,
    errorCode: null,
    errorMessage: null,
    acceptedAt,
    firstDueAt: acceptedAt,
    claimedAt: null,
    finishedAt: null,
    updatedAt: acceptedAt,
    settingsVersion: 1,
    traceparent: null,
    timeZone: null,
    ...changes,
  }
}
