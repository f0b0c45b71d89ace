import { z } from 'zod'
import { channelSchema, daySchema, messageStateSchema, percentSchema } from './vocabulary.ts'

const count = z.int().nonnegative()
/** Milliseconds, null when nothing was measured. */
const meanMs = z.number().nonnegative().nullable()

/**
 * `sent` counts messages whose sending came to an end (success + failed + expired + unknown); `success` those that are
 * sent, delivered or read. success_rate = success / (success + failed + expired), in percent.
 */
export const totalsSchema = z.object({
  sent: count,
  success: count,
  failed: count,
  expired: count,
  unknown: count,
  success_rate: percentSchema,
})
export type Totals = z.infer<typeof totalsSchema>

export const overviewQuerySchema = z
  .strictObject({ start_date: daySchema.optional(), end_date: daySchema.optional() })
  .refine((query) => !query.start_date || !query.end_date || query.start_date <= query.end_date, {
    error: 'expected start_date on or before end_date',
    path: ['start_date'],
  })
export type OverviewQuery = z.infer<typeof overviewQuerySchema>

export const overviewSchema = z
  .object({
    overview: z.object({
      total_sent: count,
      total_success: count,
      total_failed: count,
      total_expired: count,
      total_unknown: count,
      success_rate: percentSchema,
      /** Milliseconds from the hand-over to the provider until its answer, mean. */
      avg_response_time: meanMs,
    }),
    by_channel: z.partialRecord(channelSchema, totalsSchema),
    daily: z.array(totalsSchema.extend({ date: daySchema })),
    time_zone: z.string(),
  })
  .meta({ id: 'Overview' })
export type Overview = z.infer<typeof overviewSchema>

export const poolStatsSchema = z
  .object({
    active_count: count,
    /** Slots that exist now, between core and max. */
    pool_size: count,
    core_pool_size: count,
    max_pool_size: count,
    queue_size: count,
    queue_capacity: count,
    queue_usage_percent: z.number().nonnegative(),
    completed_tasks: count,
    avg_task_duration_ms: meanMs,
  })
  .meta({ id: 'PoolStats' })
export type PoolStats = z.infer<typeof poolStatsSchema>

export const realtimeStatsSchema = z
  .object({
    /** Waiting and sending: now. Ended: those that ended within the last hour, by the state they are in now. */
    message_stats: z.array(
      z.object({
        status: messageStateSchema,
        channel: channelSchema,
        count,
        avg_duration_seconds: z.number().nonnegative().nullable(),
      }),
    ),
    thread_pool_stats: z.record(z.string(), poolStatsSchema),
    window_minutes: count,
  })
  .meta({ id: 'RealtimeStats' })
export type RealtimeStats = z.infer<typeof realtimeStatsSchema>

/** accepted = the sum of all states, always. When it does not add up, `offending_ids` names up to 20 records. */
export const conservationSchema = z
  .object({
    accepted: count,
    by_state: z.record(messageStateSchema, z.int()),
    balanced: z.boolean(),
    offending_ids: z.array(z.int()),
  })
  .meta({ id: 'Conservation' })
export type Conservation = z.infer<typeof conservationSchema>
