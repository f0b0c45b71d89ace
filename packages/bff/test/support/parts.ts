import { QUEUES, type QueueName } from '@signalbox/contracts'
import type { LiveFigures, QueueDepth } from '@signalbox/engine'
import type { Part } from '../../src/realtime/nodes/part.ts'

type Pool = LiveFigures['pools'][string]

export const pool = (given: Partial<Pool> = {}): Pool => ({
  ...{ activeCount: 0, poolSize: 20, corePoolSize: 20, maxPoolSize: 100, queueSize: 0, queueCapacity: 1_000 },
  ...{ queueUsagePercent: 0, completedTasks: 0, avgTaskDurationMs: null, ...given },
})

export const queues = (given: Partial<Record<QueueName, Partial<QueueDepth>>> = {}): Record<QueueName, QueueDepth> =>
  Object.fromEntries(
    QUEUES.map((name) => [name, { scheduled: 0, queued: 0, processing: 0, ...given[name] }]),
  ) as Record<QueueName, QueueDepth>

/** What a node that does nothing tells of itself. */
export const ownPart = (given: Partial<Part> = {}): Omit<Part, 'lease' | 'everyMs'> => ({
  ...{ looking: { wall: false, feed: false }, leads: false, works: true, eventLoopPercent: 0, sockets: 0 },
  ...{ inbox: { users: 0, devices: 0 }, rates: { accepted: 0, ended: 0, failed: 0 } },
  ...{ pools: { message_sender: pool() }, queues: queues(), scaling: [], ...given },
})
