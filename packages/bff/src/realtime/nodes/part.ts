/**
 * What a node tells the others of itself: what it has in memory, and what is looked at there. Nodes may be of different
 * versions: fields that are not known are passed over, and what a newer one calls by a new name is left out.
 */
import { QUEUES, type QueueName } from '@signalbox/contracts'
import type { LiveFigures, QueueDepth } from '@signalbox/engine'
import { z } from 'zod'

const count = z.int().nonnegative()
const rate = z.number().nonnegative()

const poolSchema = z.object({
  activeCount: count,
  poolSize: count,
  corePoolSize: count,
  maxPoolSize: count,
  queueSize: count,
  queueCapacity: count,
  queueUsagePercent: rate,
  completedTasks: count,
  avgTaskDurationMs: rate.nullable(),
})
const depthSchema = z.object({ scheduled: count, queued: count, processing: count })
const scalingSchema = z.object({
  pool: z.string(),
  at: z.number(),
  from: count,
  to: count,
  cause: z.enum(['queue_above', 'queue_below', 'core_raised', 'max_lowered']),
  reason: z.string(),
})

export const partSchema = z.object({
  lease: count,
  /** When the next one comes, ms. */
  everyMs: z.number().positive(),
  /** What somebody looks at there: then the others tell of it at every tick. */
  looking: z.object({ wall: z.boolean(), feed: z.boolean() }),
  leads: z.boolean(),
  /** It takes what waits and sends it. */
  works: z.boolean(),
  eventLoopPercent: z.number().min(0).max(100),
  sockets: count,
  inbox: z.object({ users: count, devices: count }),
  rates: z.object({ accepted: rate, ended: rate, failed: rate }),
  // One by one below: what is not known of one must not hide the others.
  pools: z.record(z.string(), z.unknown()),
  queues: z.record(z.string(), z.unknown()),
  scaling: z.array(z.unknown()).max(100),
})
type WirePart = z.infer<typeof partSchema>

export interface Part extends Omit<WirePart, 'queues' | 'scaling' | 'pools' | 'rates'>, LiveFigures {}

/** Null: it is not one that can be read. */
export function readPart(payload: unknown): Part | null {
  const { data } = partSchema.safeParse(payload)
  if (!data) return null
  const scaling = data.scaling.flatMap((each) => scalingSchema.safeParse(each).data ?? [])
  const queues = Object.fromEntries(
    QUEUES.map((name) => [name, depthSchema.safeParse(data.queues[name]).data ?? EMPTY]),
  ) as Record<QueueName, QueueDepth>
  const pools: LiveFigures['pools'] = {}
  for (const [name, each] of Object.entries(data.pools)) {
    const pool = poolSchema.safeParse(each).data
    if (pool) pools[name] = pool
  }
  return { ...data, queues, pools, scaling }
}

const EMPTY: QueueDepth = { scheduled: 0, queued: 0, processing: 0 }
