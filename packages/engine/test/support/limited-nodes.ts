/** Limiters of several nodes on one Redis, with a time that moves by hand. */
import type { RateLimitConfig } from '@signalbox/contracts'
import { onTestFinished } from 'vitest'
import { createLimits } from '../../src/drivers/redis/limits.ts'
import type { LinkOptions, RedisLink } from '../../src/drivers/redis/link.ts'
import type { MemoryLimiter } from '../../src/limiter/limiter.ts'
import { intervalRule, serviceIdOf } from '../../src/limiter/rules.ts'
import type { Share } from '../../src/limiter/share.ts'
import { createSharedLimiter } from '../../src/limiter/shared-limiter.ts'
import { newPrefix, openTestLink, redisUrl, removeAll } from './redis.ts'

export const T0 = Date.UTC(2026, 0, 15)

export function rule(
  resource: string,
  limit_type: RateLimitConfig['limit_type'],
  max_value: number,
  window_seconds = 1,
): RateLimitConfig {
  return { resource, limit_type, max_value, window_seconds, enabled: true }
}

export interface LimitedNode {
  limiter: MemoryLimiter
  link: RedisLink
}

export class LimitedNodes {
  now = T0
  readonly prefix = newPrefix()
  /** By the id of a service, ms. */
  readonly intervals = new Map<number, number>()
  readonly #links: RedisLink[] = []

  constructor() {
    onTestFinished(async () => {
      await Promise.all(this.#links.map((link) => link.close()))
      await removeAll(redisUrl(), this.prefix)
    })
  }

  async join(
    share: Share,
    rules: readonly RateLimitConfig[],
    options: Partial<LinkOptions> = {},
  ): Promise<LimitedNode> {
    const link = await openTestLink({ prefix: this.prefix, url: redisUrl(), ...options })
    this.#links.push(link)
    const limiter = createSharedLimiter({
      store: createLimits(link, { now: () => this.now }),
      clock: { monotonic: () => this.now },
      shareOf: () => share,
      ruleOf: (resource) => {
        const id = serviceIdOf(resource)
        const ms = id === null ? undefined : this.intervals.get(id)
        return id === null || ms === undefined ? null : intervalRule(id, ms)
      },
    })
    limiter.configure(rules)
    return { limiter, link }
  }

  /** Two that share those rules. */
  async pair(rules: readonly RateLimitConfig[], options?: Partial<LinkOptions>): Promise<[LimitedNode, LimitedNode]> {
    return [await this.join({ of: 2, place: 0 }, rules, options), await this.join({ of: 2, place: 1 }, rules, options)]
  }
}
