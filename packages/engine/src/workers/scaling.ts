import type { ThreadPoolConfig } from '@signalbox/contracts'

export interface ScalingDecision {
  pool: string
  /** Epoch ms. */
  at: number
  from: number
  to: number
  cause: ScalingCause
  /** The same in words, with the figures that decided. */
  reason: string
}

/** Its queue is long or short, or an operator moved a bound over its size. */
export type ScalingCause = 'queue_above' | 'queue_below' | 'core_raised' | 'max_lowered'

export const SCALE_UP_BY = 10
export const SCALE_DOWN_BY = 5
/** Growing helps at once and may be repeated each second; shrinking waits until the last change has shown its effect. */
export const COOL_DOWN_MS = { up: 1000, down: 5000 } as const

export interface ScalingInput {
  config: ThreadPoolConfig
  size: number
  queueSize: number
  /** Epoch ms of the last change; null when there was none. */
  lastChangeAt: number | null
  now: number
}

/**
 * One step of a pool's size, or null when it should stay. Bounds come first and wait for no cool-down: they change only
 * when an operator changes them. A clock that stepped back counts as cooled down.
 */
export function scalingStep({ config, size, queueSize, lastChangeAt, now }: ScalingInput): ScalingDecision | null {
  const decision = (to: number, cause: ScalingCause, reason: string): ScalingDecision => ({
    pool: config.pool_name,
    at: now,
    from: size,
    to,
    cause,
    reason,
  })
  const { core_pool_size: core, max_pool_size: max, scale_up_threshold: up, scale_down_threshold: down } = config
  if (size < core) return decision(core, 'core_raised', `core_pool_size is ${core}`)
  if (size > max) return decision(max, 'max_lowered', `max_pool_size is ${max}`)

  const usage = usagePercent(queueSize, config)
  const sinceChange = lastChangeAt === null ? Infinity : Math.abs(now - lastChangeAt)
  if (usage > up && size < max && sinceChange >= COOL_DOWN_MS.up) {
    return decision(Math.min(max, size + SCALE_UP_BY), 'queue_above', `queue usage ${usage} % is above ${up} %`)
  }
  if (usage < down && size > core && sinceChange >= COOL_DOWN_MS.down) {
    return decision(Math.max(core, size - SCALE_DOWN_BY), 'queue_below', `queue usage ${usage} % is below ${down} %`)
  }
  return null
}

/** Percent of the queue's capacity with one decimal; may exceed 100. */
export function usagePercent(queueSize: number, config: ThreadPoolConfig): number {
  return Math.round((queueSize / config.queue_capacity) * 1000) / 10
}
