import type { Pools } from '@signalbox/contracts'
import type { Engine, PoolsReport, ThreadFigures } from '@signalbox/engine'
import { tenths } from './round.ts'
import { presentPool } from './statistics.ts'
import type { View } from './view.ts'

export function presentPoolsReport(engine: Pick<Engine, 'pools' | 'settings'>, view: View): Pools {
  const { workers, threads } = engine.pools()
  return {
    workers: workers.map((pool) => presentWorkers(pool, engine.settings.threadPool(pool.name), view)),
    threads: threads.map(presentThreads),
  }
}

function presentWorkers(
  { name, figures, history }: PoolsReport['workers'][number],
  config: ReturnType<Engine['settings']['threadPool']>,
  { instant }: View,
): Pools['workers'][number] {
  return {
    name,
    ...presentPool(figures),
    scale_up_threshold: config?.scale_up_threshold ?? 100,
    scale_down_threshold: config?.scale_down_threshold ?? 0,
    history: history
      .map(({ at, from, to, cause, reason }) => ({ at: instant(at), from, to, cause, reason }))
      .toReversed(),
  }
}

function presentThreads(figures: ThreadFigures): Pools['threads'][number] {
  return {
    name: figures.name,
    active_count: figures.activeCount,
    pool_size: figures.poolSize,
    max_pool_size: figures.maxPoolSize,
    queue_size: figures.queueSize,
    queue_capacity: figures.queueCapacity,
    completed_tasks: figures.completedTasks,
    failed_tasks: figures.failedTasks,
    avg_task_duration_ms: tenths(figures.avgTaskDurationMs),
  }
}
