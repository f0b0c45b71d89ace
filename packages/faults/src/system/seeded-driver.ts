/** An empty store gets other settings than the usual ones, so that they are in force from the first instant. */
import type { RateLimitConfig } from '@signalbox/contracts'
import type { Driver } from './crash.ts'

export interface Seeds {
  /** Slots of every pool, without scaling. */
  inFlight: number
  /** Values of `system_config`. */
  system?: Record<string, string>
  rateLimits?: readonly RateLimitConfig[]
}

export function seededDriver(inner: Driver, { inFlight, system = {}, rateLimits = [] }: Seeds): Driver {
  return {
    ...inner,
    open: (options) =>
      inner.open({
        ...options,
        defaults: {
          threadPools: options.defaults.threadPools.map((pool) => ({
            ...pool,
            core_pool_size: inFlight,
            max_pool_size: inFlight,
          })),
          rateLimits: [...options.defaults.rateLimits, ...rateLimits],
          system: options.defaults.system.map((row) => ({ ...row, value: system[row.key] ?? row.value })),
        },
      }),
  }
}
