import type { ThreadPoolConfig } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { scalingStep, usagePercent, type ScalingDecision } from './scaling.ts'

export interface PoolFigures {
  activeCount: number
  poolSize: number
  corePoolSize: number
  maxPoolSize: number
  queueSize: number
  queueCapacity: number
  queueUsagePercent: number
  completedTasks: number
  /** Mean of the last 256 tasks; null before the first. */
  avgTaskDurationMs: number | null
}

/**
 * A named number of concurrency slots that follows its queue: +10 above the scale-up threshold, -5 below the scale-down
 * threshold, between core and max, with a cool-down so that it does not flap. A worker is one slot, not a thread; its
 * name is the pool's and the number of the slot, the lowest free one first.
 */
export interface Pool {
  readonly name: string
  /** Slots that could take work now. */
  readonly free: number
  /**
   * Runs a task on a free slot; the caller has looked at `free`, else this throws. The pool counts and times it; a
   * task that fails is the caller's defect: it is reported, and the slot is free again.
   */
  run(task: (worker: string) => Promise<void>): void
  /** In force at once; the change of size that new bounds demand, or null. Tasks that run are never cut off. */
  configure(config: ThreadPoolConfig): ScalingDecision | null
  /** Looks at the queue's size and grows or shrinks by one step. Called once a second and when the backlog jumps. */
  scale(queueSize: number, now: number): ScalingDecision | null
  figures(): PoolFigures
  /** The last 100 changes of size, oldest first. */
  history(): readonly ScalingDecision[]
  /** Resolves when no task runs. */
  idle(): Promise<void>
}

const DURATIONS_KEPT = 256
const HISTORY_KEPT = 100

/** `onDefect` hears of every task that failed; without it the failure surfaces as an unhandled rejection. */
export function createPool(
  name: string,
  config: ThreadPoolConfig,
  clock: Clock,
  onDefect?: (error: unknown, worker: string) => void,
  onFree?: () => void,
): Pool {
  let size = config.core_pool_size
  let queueSize = 0
  let completed = 0
  let lastChangeAt: number | null = null
  const slots = new Slots()
  const durations = new RollingMean(DURATIONS_KEPT)
  const history: ScalingDecision[] = []
  let waitingForIdle: (() => void)[] = []

  function step(now: number): ScalingDecision | null {
    const decision = scalingStep({ config, size, queueSize, lastChangeAt, now })
    if (!decision) return null
    size = decision.to
    lastChangeAt = now
    history.push(decision)
    if (history.length > HISTORY_KEPT) history.shift()
    return decision
  }

  async function work(slot: number, task: (worker: string) => Promise<void>): Promise<void> {
    const worker = `${name}-${slot}`
    const begun = clock.monotonic()
    try {
      await task(worker)
    } catch (error) {
      if (!onDefect) throw error
      onDefect(error, worker)
    } finally {
      durations.add(clock.monotonic() - begun)
      completed++
      slots.giveBack(slot)
      if (slots.taken === 0) {
        for (const resolve of waitingForIdle) resolve()
        waitingForIdle = []
      }
      onFree?.()
    }
  }

  return {
    name,
    get free() {
      return Math.max(0, size - slots.taken)
    },
    run(task) {
      if (slots.taken >= size)
        throw new Error(`expected pool ${name} to have a free slot, got ${slots.taken} of ${size} taken`)
      void work(slots.take(), task)
    },
    configure(next) {
      config = next
      const { core_pool_size: core, max_pool_size: max } = next
      return size < core || size > max ? step(clock.now()) : null
    },
    scale(waiting, now) {
      queueSize = waiting
      return step(now)
    },
    figures: () => ({
      activeCount: slots.taken,
      poolSize: size,
      corePoolSize: config.core_pool_size,
      maxPoolSize: config.max_pool_size,
      queueSize,
      queueCapacity: config.queue_capacity,
      queueUsagePercent: usagePercent(queueSize, config),
      completedTasks: completed,
      avgTaskDurationMs: durations.mean,
    }),
    history: () => [...history],
    async idle() {
      if (slots.taken > 0) await new Promise<void>((resolve) => waitingForIdle.push(resolve))
    },
  }
}

/** Numbers from 1; `take` gives the lowest that is not taken. */
class Slots {
  readonly #taken = new Set<number>()
  /** Nothing below is free. */
  #lowest = 1

  get taken(): number {
    return this.#taken.size
  }

  take(): number {
    while (this.#taken.has(this.#lowest)) this.#lowest++
    this.#taken.add(this.#lowest)
    return this.#lowest
  }

  giveBack(slot: number): void {
    this.#taken.delete(slot)
    this.#lowest = Math.min(this.#lowest, slot)
  }
}

/** Mean of the last `length` values. */
class RollingMean {
  readonly #values: number[] = []
  readonly #length: number
  #next = 0

  constructor(length: number) {
    this.#length = length
  }

  get mean(): number | null {
    if (this.#values.length === 0) return null
    return this.#values.reduce((sum, value) => sum + value, 0) / this.#values.length
  }

  add(value: number): void {
    this.#values[this.#next] = value
    this.#next = (this.#next + 1) % this.#length
  }
}
