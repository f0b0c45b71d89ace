import type { QueueName } from '@signalbox/contracts'

export interface Job<T = unknown> {
  id: number
  queue: QueueName
  payload: T
  attempt: number
}

export interface JobOptions {
  /** 0-10, default 5. */
  priority?: number
  delayMs?: number
  /** Epoch ms. */
  scheduledAt?: number
}

/** Work that is not a message to a recipient: `ai.process` and `notification`. At least once: a handler may see a job again after a crash. */
export interface Jobs {
  enqueue(queue: 'ai.process' | 'notification', payload: unknown, options?: JobOptions): Promise<{ id: number }>
  /** One handler per queue; the returned function removes it. Without a handler jobs wait. */
  handle(queue: 'ai.process' | 'notification', handler: (job: Job, signal: AbortSignal) => Promise<void>): () => void
}
