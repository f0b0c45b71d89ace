/** The figures of one node and what the others told of theirs, as one. */
import { QUEUES, type QueueName } from '@signalbox/contracts'
import type { LiveFigures, QueueDepth } from '@signalbox/engine'

const SCALING_SHOWN = 20

/** What a node adds to the whole. `works`: it takes what waits; of others the pools stand still and say nothing. */
export type Share = LiveFigures & { works: boolean }
type PoolFigures = LiveFigures['pools'][string]

/** `unowned`: what waits and is in the memory of no node. */
export function mergeFigures(shares: readonly Share[], unowned: number): LiveFigures {
  const working = shares.filter(({ works }) => works)
  const rate = (name: keyof LiveFigures['rates']) => sum(shares, ({ rates }) => rates[name])
  const queues = Object.fromEntries(QUEUES.map((name) => [name, depthOf(shares, name)])) as Record<
    QueueName,
    QueueDepth
  >
  queues['message.send'].queued += unowned
  return {
    rates: { accepted: rate('accepted'), ended: rate('ended'), failed: rate('failed') },
    queues,
    pools: mergePools(working.map(({ pools }) => pools)),
    scaling: working
      .flatMap(({ scaling }) => scaling)
      .sort((a, b) => b.at - a.at)
      .slice(0, SCALING_SHOWN),
  }
}

/** What waits for its time belongs to nobody: each node that works counts all of it, some a moment later than others. */
function depthOf(shares: readonly Share[], name: QueueName): QueueDepth {
  const depths = shares.map(({ queues }) => queues[name])
  return {
    scheduled: Math.max(0, ...depths.map(({ scheduled }) => scheduled)),
    queued: sum(depths, ({ queued }) => queued),
    processing: sum(depths, ({ processing }) => processing),
  }
}

function mergePools(all: readonly LiveFigures['pools'][]): LiveFigures['pools'] {
  const names = new Set(all.flatMap((pools) => Object.keys(pools)))
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      mergePool(
        all.flatMap((pools) => {
          const pool = pools[name]
          return pool ? [pool] : []
        }),
      ),
    ]),
  )
}

function mergePool(pools: readonly PoolFigures[]): PoolFigures {
  const total = (pick: (pool: PoolFigures) => number) => sum(pools, pick)
  const queueSize = total((pool) => pool.queueSize)
  const queueCapacity = total((pool) => pool.queueCapacity)
  const timed = pools.filter((pool) => pool.avgTaskDurationMs !== null && pool.completedTasks > 0)
  const tasks = sum(timed, (pool) => pool.completedTasks)
  return {
    activeCount: total((pool) => pool.activeCount),
    poolSize: total((pool) => pool.poolSize),
    corePoolSize: total((pool) => pool.corePoolSize),
    maxPoolSize: total((pool) => pool.maxPoolSize),
    queueSize,
    queueCapacity,
    queueUsagePercent: queueCapacity === 0 ? 0 : Math.round((queueSize / queueCapacity) * 1000) / 10,
    completedTasks: total((pool) => pool.completedTasks),
    avgTaskDurationMs:
      tasks === 0 ? null : sum(timed, (pool) => (pool.avgTaskDurationMs ?? 0) * pool.completedTasks) / tasks,
  }
}

function sum<T>(all: readonly T[], pick: (one: T) => number): number {
  return all.reduce((total, one) => total + pick(one), 0)
}
