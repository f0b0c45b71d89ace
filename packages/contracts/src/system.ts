import { z } from 'zod'
import { inboxPresenceSchema } from './inbox.ts'
import { linkSchema } from './nodes.ts'
import { settingsProblemSchema } from './settings.ts'
import { poolStatsSchema } from './statistics.ts'
import { instantSchema } from './vocabulary.ts'

export const healthSchema = z
  .object({ status: z.enum(['ok', 'starting', 'stopping', 'not_accepting']) })
  .meta({ id: 'Health' })
export type Health = z.infer<typeof healthSchema>

/** camelCase, as specified for this call. */
export const systemHealthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']),
    services: z.object({
      total: z.int().nonnegative(),
      available: z.int().nonnegative(),
      /** Percent of the available services that sent something within the last minute. */
      utilizationRate: z.number().min(0).max(100),
    }),
    queues: z.object({
      /** Ready to leave. */
      central: z.int().nonnegative(),
      /** Delayed, scheduled or waiting for a reason. */
      pending: z.int().nonnegative(),
      processing: z.int().nonnegative(),
    }),
    performance: z.object({
      /** Ended per second, over the last minute. */
      throughput: z.number().nonnegative(),
      /** Milliseconds, over the last minute. */
      avgResponseTime: z.number().nonnegative().nullable(),
      /** Percent of those that ended within the last minute. */
      errorRate: z.number().min(0).max(100).nullable(),
    }),
    /** Connected devices, and the users that they belong to. Over all nodes; a user at two of them counts at both. */
    inbox: inboxPresenceSchema,
    /** `silent`: their beats stand still. `GET /api/system/nodes` names them. */
    nodes: z.object({ total: z.int().nonnegative(), silent: z.int().nonnegative() }),
    /** Services that the store stands on. While one is away messages are still taken where that is possible. */
    links: z.array(linkSchema),
    problems: z.array(settingsProblemSchema),
    version: z.string(),
    uptimeSeconds: z.number().nonnegative(),
    demo: z.boolean(),
    timeZone: z.string(),
  })
  .meta({ id: 'SystemHealth' })
export type SystemHealth = z.infer<typeof systemHealthSchema>

/** A pool of workers changed its size. `reason` says the same as `cause` in words, with the figures that decided. */
export const scalingDecisionSchema = z
  .object({
    at: instantSchema,
    from: z.int().nonnegative(),
    to: z.int().nonnegative(),
    cause: z.enum(['queue_above', 'queue_below', 'core_raised', 'max_lowered']),
    reason: z.string(),
  })
  .meta({ id: 'ScalingDecision' })
export type ScalingDecision = z.infer<typeof scalingDecisionSchema>

export const poolsSchema = z
  .object({
    /** A worker is a concurrency slot. */
    workers: z.array(
      poolStatsSchema.extend({
        name: z.string(),
        /** Percent of the queue's capacity above which the pool grows, and below which it shrinks. */
        scale_up_threshold: z.number(),
        scale_down_threshold: z.number(),
        /** Newest first, at most 100. */
        history: z.array(scalingDecisionSchema),
      }),
    ),
    /** Real threads, for work that computes. */
    threads: z.array(
      z.object({
        name: z.string(),
        active_count: z.int().nonnegative(),
        /** Threads that exist now; they start with their first task. */
        pool_size: z.int().nonnegative(),
        max_pool_size: z.int().positive(),
        queue_size: z.int().nonnegative(),
        queue_capacity: z.int().nonnegative(),
        completed_tasks: z.int().nonnegative(),
        failed_tasks: z.int().nonnegative(),
        avg_task_duration_ms: z.number().nonnegative().nullable(),
      }),
    ),
  })
  .meta({ id: 'Pools' })
export type Pools = z.infer<typeof poolsSchema>
