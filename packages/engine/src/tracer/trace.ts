import type { Channel, LookupAnswer, PendingReason, TraceNodeName, TraceNodeStatus } from '@signalbox/contracts'
import type { MessageRecord } from '../messages/record.ts'
import type { UsualDurations } from './usual.ts'

/** One step of a message. Times are epoch ms. */
export interface TraceNode {
  name: TraceNodeName
  attempt: number
  startedAt: number
  finishedAt: number | null
  status: TraceNodeStatus
  worker: string | null
  serviceId: number | null
  errorCode: string | null
  error: string | null
  /** Of a callback that came: what it said, and what it added (the device that acknowledged). */
  receipt?: { state: 'delivered' | 'read' | 'failed'; detail: string | null }
  /** The provider was asked, and said this. */
  lookup?: LookupAnswer
}

export interface Trace {
  message: MessageRecord
  nodes: TraceNode[]
  waiting: { reason: PendingReason; until: number | null; detail: string } | null
}

export interface Traces {
  /** By record id. Null when there is no such message. */
  get(recordId: number): Promise<Trace | null>
  /** What each stage of the channel took in the last hour. Measured at most twice a minute. */
  usual(channel: Channel): Promise<UsualDurations>
}
