import type { ThreadPoolConfig } from '@signalbox/contracts'
import type { ScalingDecision } from './scaling.ts'

export interface PoolFigures {
  activeCount: number
  poolSize: number
  corePoolSize: number
  maxPoolSize: number
  queueSize: number
  queueCapacity: number
  queueUsagePercent: number
  completedTasks: number
  avgTaskDurationMs: number | null
}

/**
 * A named number of concurrency slots that follows its queue: +10 above the scale-up threshold, -5 below the scale-down
 * threshold, between core and max, with a cool-down so that it does not flap. A worker is one slot, not a thread.
 */
export interface Pool {
  readonly name: string
  /** Slots that could take work now. */
  readonly free: number
  /** Runs a task on a free slot; the caller has looked at `free`. The pool counts and times it; a rejection is the caller's defect and reported. */
  run(task: (worker: string) => Promise<void>): void
  configure(config: ThreadPoolConfig): void
  /** Looks at the queue's size and grows or shrinks by one step. Called once a second and when the backlog jumps. */
  scale(queueSize: number, now: number): ScalingDecision | null
  figures(): PoolFigures
  history(): readonly ScalingDecision[]
  /** Resolves when no task runs. */
  idle(): Promise<void>
}
