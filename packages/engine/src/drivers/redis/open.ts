/** Redis as several nodes use it: their limits, locks and bus. */
import type { LinkState } from '../../driver.ts'
import type { LimitStore } from '../../limiter/store.ts'
import type { LockStore } from '../../lock/lock.ts'
import type { Bus } from '../../nodes/bus.ts'
import { createBus } from './bus.ts'
import { createLimits } from './limits.ts'
import { openLink } from './link.ts'
import { createLockStore } from './locks.ts'

export interface RedisOptions {
  /** `redis[s]://[user:password@]host[:port][/database]` */
  url: string
  /** Keys and channels begin with it: those who share a store share a prefix. */
  prefix: string
  /** The time that limits count in, ms. Left out: the server's, the same for all nodes. */
  now?: (() => number) | undefined
  onLink?(link: LinkState): void
}

export interface Redis {
  readonly limits: LimitStore
  readonly locks: LockStore
  readonly bus: Bus
  close(): Promise<void>
}

/** That Redis is down is no error: it is used once it is there. Rejects when it is too old, or the address is none. */
export async function openRedis(options: RedisOptions): Promise<Redis> {
  const link = await openLink(options)
  return {
    limits: createLimits(link, options.now && { now: options.now }),
    locks: createLockStore(link),
    bus: createBus(link),
    close: () => link.close(),
  }
}
