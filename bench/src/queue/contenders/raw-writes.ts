/** The three writes of a message as the engine hands them to its driver, filled in by hand. */
import type { EngineOptions, MessageRecord } from '@signalbox/engine'
import { recipient } from '../../payload.ts'

type MessageStore = Awaited<ReturnType<EngineOptions['driver']['open']>>['messages']
type AcceptWrite = Parameters<MessageStore['accept']>[0]
type ClaimWrite = Parameters<MessageStore['claim']>[0]
type SettleWrite = Parameters<MessageStore['settle']>[0]
export type FreshRecord = MessageRecord

const PRIORITY = 5
const LANE = 'app/api'
const SERVICE_ID = 1
const WORKER = 'message_sender-1'

/** A message as it stands right after it was accepted. */
export function createFreshRecord(id: number, body: string): FreshRecord {
  const now = Date.now()
  return {
    id,
    channel: 'app',
    recipient: recipient(id),
    templateId: 1,
    templateVersion: 1,
    variables: { body },
    priority: PRIORITY,
    flow: 'api',
    taskId: null,
    acceptedAt: now,
    dueAt: now,
    expiresAt: null,
    settingsVersion: 1,
    traceparent: null,
    timeZone: null,
    state: 'queued',
    attempt: 0,
    fence: 0,
    serviceId: null,
    providerId: null,
    pendingReason: null,
    firstDueAt: now,
    errorCode: null,
    errorMessage: null,
    claimedAt: null,
    finishedAt: null,
    updatedAt: now,
  }
}

export function acceptWrite(messages: readonly FreshRecord[]): AcceptWrite {
  return { messages, lane: LANE, resident: true, task: null, idempotency: null, now: Date.now() }
}

export function claimWrite(fresh: FreshRecord): ClaimWrite {
  const entry = { queue: 'message.send', priority: PRIORITY, lane: LANE, id: fresh.id } as const
  return { entry, resident: true, serviceId: SERVICE_ID, now: Date.now(), fresh }
}

export function settleWrite(record: MessageRecord): SettleWrite {
  const now = Date.now()
  return {
    record,
    state: 'sent',
    providerId: null,
    errorCode: null,
    errorMessage: null,
    retry: null,
    responseMs: 0,
    nodes: nodesOf(now),
    now,
  }
}

function nodesOf(at: number): SettleWrite['nodes'] {
  const common = { attempt: 1, startedAt: at, finishedAt: at, errorCode: null, error: null }
  return [
    { ...common, name: 'queue', status: 'succeeded', worker: null, serviceId: null },
    { ...common, name: 'process', status: 'succeeded', worker: WORKER, serviceId: null },
    { ...common, name: 'send', status: 'succeeded', worker: WORKER, serviceId: SERVICE_ID },
    { ...common, name: 'callback', status: 'none', worker: null, serviceId: SERVICE_ID },
  ]
}
