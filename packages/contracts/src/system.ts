import { z } from 'zod'
import { settingsProblemSchema } from './settings.ts'

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
    problems: z.array(settingsProblemSchema),
    version: z.string(),
    uptimeSeconds: z.number().nonnegative(),
    demo: z.boolean(),
    timeZone: z.string(),
  })
  .meta({ id: 'SystemHealth' })
export type SystemHealth = z.infer<typeof systemHealthSchema>
