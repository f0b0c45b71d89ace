import type { MessageState } from '@signalbox/contracts'

/** Progress of a batch. Times are epoch ms. */
export interface TaskProgress {
  taskId: number
  status: 'running' | 'completed'
  total: number
  /** Success: sent, delivered, read. */
  sent: number
  /** Scheduled, queued, sending. */
  pending: number
  /** Failed, expired, cancelled, unknown. */
  failed: number
  /** The same by state; together they are the total. */
  counts: Partial<Record<MessageState, number>>
  avgWaitMs: number | null
  /** Ended per second since the first left. */
  throughput: number | null
  estimatedCompletionAt: number | null
  lastActivityAt: number
}

export interface Tasks {
  /** Null when there is no such task. */
  progress(taskId: number): Promise<TaskProgress | null>
}
