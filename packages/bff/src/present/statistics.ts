import {
  CHANNELS,
  type Overview,
  type PoolStats,
  type RealtimeStats,
  type TaskStatus,
  type Totals,
} from '@signalbox/contracts'
import type { Counts, Overview as OverviewFigures, PoolFigures, StateCount, TaskProgress } from '@signalbox/engine'
import { tenths } from './round.ts'
import type { View } from './view.ts'

export function presentTotals({ sent, success, failed, expired, unknown, successRate }: Counts): Totals {
  return { sent, success, failed, expired, unknown, success_rate: successRate }
}

export function presentOverview({ total, byChannel, daily, timeZone }: OverviewFigures): Overview {
  const channels = CHANNELS.flatMap((channel) => {
    const tally = byChannel[channel]
    return tally ? [[channel, presentTotals(tally)] as const] : []
  })
  return {
    overview: {
      total_sent: total.sent,
      total_success: total.success,
      total_failed: total.failed,
      total_expired: total.expired,
      total_unknown: total.unknown,
      success_rate: total.successRate,
      avg_response_time: total.avgResponseMs,
    },
    by_channel: Object.fromEntries(channels),
    daily: daily.map(({ date, tally }) => ({ date, ...presentTotals(tally) })),
    time_zone: timeZone,
  }
}

export function presentPools(pools: Record<string, PoolFigures>): Record<string, PoolStats> {
  return Object.fromEntries(Object.entries(pools).map(([name, figures]) => [name, presentPool(figures)]))
}

export function presentPool(figures: PoolFigures): PoolStats {
  return {
    active_count: figures.activeCount,
    pool_size: figures.poolSize,
    core_pool_size: figures.corePoolSize,
    max_pool_size: figures.maxPoolSize,
    queue_size: figures.queueSize,
    queue_capacity: figures.queueCapacity,
    queue_usage_percent: figures.queueUsagePercent,
    completed_tasks: figures.completedTasks,
    avg_task_duration_ms: tenths(figures.avgTaskDurationMs),
  }
}

export function presentRealtime(figures: {
  messages: StateCount[]
  pools: Record<string, PoolFigures>
  windowMinutes: number
}): RealtimeStats {
  return {
    message_stats: figures.messages.map(({ status, channel, count, avgDurationMs }) => ({
      status,
      channel,
      count,
      avg_duration_seconds: avgDurationMs === null ? null : Math.round(avgDurationMs) / 1000,
    })),
    thread_pool_stats: presentPools(figures.pools),
    window_minutes: figures.windowMinutes,
  }
}

/** camelCase, as specified for this call. */
export function presentTask(task: TaskProgress, { instant }: View): TaskStatus {
  const { status, total, sent, pending, failed, avgWaitMs, throughput, estimatedCompletionAt } = task
  return {
    taskId: String(task.taskId),
    status,
    progress: { total, sent, pending, failed },
    counts: task.counts,
    metrics: {
      avgWaitTime: avgWaitMs,
      throughput,
      estimatedCompletion: estimatedCompletionAt === null ? null : instant(estimatedCompletionAt),
    },
    lastActivity: instant(task.lastActivityAt),
  }
}
