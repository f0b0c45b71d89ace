import type { RateLimitConfig } from '@signalbox/contracts'
import { systemClock, type Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { createBook, type Counted } from './book.ts'
import type { Meter } from './meter.ts'
import { boundText, newMeter, type Rule } from './rules.ts'

export interface LimitDecision {
  allowed: boolean
  /**
   * 0 when allowed; else exact: a call after this many ms (with nobody else in between) is allowed. For `concurrent`
   * that cannot be known and it is when to look again.
   */
  retryAfterMs: number
  /** The rule that refused (of several, the one to wait for longest), or null. */
  rule: Rule | null
  /** Gives back `concurrent` places. Idempotent; does nothing for other rules. Call it always. */
  release(): void
}

/** `ms` is 0 and `rule` null when nothing has to be waited for; of several rules the one to wait for longest. */
export type Wait = Pick<LimitDecision, 'rule'> & { ms: number }

/** What is left of the rule that is nearest to its end. */
export interface Quota {
  limit: number
  remaining: number
  /** Milliseconds until all of it is there again, if nobody takes any. */
  resetMs: number
}

/**
 * Limits per resource. A resource may have one rule of each type; a call passes only if all of them let it pass, and
 * takes from none when one refuses - also when it asks for several resources at once. A resource without an enabled rule
 * always passes. Never rejects for "limited". Answers at once, without a promise, where what it knows is in memory.
 *
 * `recipient:sms:+8613800138000` without a rule of its own is limited by the rule of `recipient:sms`, each recipient by
 * itself. A `cost` above a rule's maximum counts as the maximum, so that it passes in the end. `now` is milliseconds of a
 * clock that only runs, the same one for every call: a wall clock may stand still or be put, and limits with it. A step
 * back all the same stops no refill, it only counts as no time passed.
 */
export interface Limiter {
  take(resource: string | readonly string[], now: number, cost?: number): LimitDecision | Promise<LimitDecision>
  /** Looks without taking. */
  peek(resource: string | readonly string[], now: number): Promise<LimitDecision>
  /**
   * When the `nth` further call of a resource passes if those before it go as soon as they may. For whoever stands in a
   * line. At once, without a promise.
   */
  wait(resource: string, now: number, nth?: number): Wait
  /** Null when nothing limits the resource. */
  quota(resource: string, now: number): Quota | null
  /**
   * The same function, limited: a call beyond a rule of the resource rejects with `EngineError('rate_limited')` that
   * carries the wait, without having called it. A `concurrent` place is held until it settles.
   */
  limit<A extends unknown[], T>(
    resource: string | ((...args: A) => string),
    fn: (...args: A) => Promise<T>,
  ): (...args: A) => Promise<T>
  /** Another number whenever rules were put in force: what was found out about them holds no longer. */
  readonly version: number
  /** Puts rules in force at once; state of rules that stay (same resource and type) is kept. */
  configure(rules: readonly RateLimitConfig[]): void
  /** What is in force for a resource; of a recipient its own rules, else those of all. */
  rules(resource: string): readonly Rule[]
  /** True when the resource has an enabled rule, or one of its recipients has: lets the hot path skip the rest. */
  limited(resource: string): boolean
}

export interface LimiterOptions {
  /** Recipients remembered at most; the one used longest ago is forgotten first. Default 100,000. */
  maxMembers?: number
  /** For `limit`. */
  clock?: Pick<Clock, 'monotonic'>
}

/** A limiter in this process. `tracked` is how many resources it remembers something of. */
export interface MemoryLimiter extends Limiter {
  readonly tracked: number
}

export const PASSED: LimitDecision = { allowed: true, retryAfterMs: 0, rule: null, release() {} }

export function createLimiter({ maxMembers = 100_000, clock = systemClock }: LimiterOptions = {}): MemoryLimiter {
  const book = createBook({ maxMembers, newMeter: (rule, _resource, at) => newMeter(rule, at) })

  function take(resource: string | readonly string[], now: number, cost = 1): LimitDecision {
    const found = book.find(resource)
    if (found.length === 0) return PASSED
    const at = book.steady(now)
    const refused = book.refusal(found, cost, at)
    const decision = refused ? refusing(refused) : passing(book.take(found, cost, at))
    book.sweep(at)
    return decision
  }

  return {
    take,

    async peek(resource, now) {
      const found = book.find(resource)
      if (found.length === 0) return PASSED
      const at = book.steady(now)
      const refused = book.refusal(found, 1, at)
      book.sweep(at)
      return refused ? refusing(refused) : PASSED
    },

    wait: (resource, now, nth = 1) => book.wait(resource, book.steady(now), nth),
    quota: (resource, now) => book.quota(resource, book.steady(now)),
    limit: limitBy(take, clock),

    get version() {
      return book.version
    },
    configure: book.configure,
    rules: book.rules,
    limited: book.limited,
    get tracked() {
      return book.tracked
    },
  }
}

export function refusing({ ms, rule }: Wait): LimitDecision {
  return { allowed: false, retryAfterMs: ms, rule, release() {} }
}

/** `places`: what it gives back. */
function passing(taken: readonly { counted: Counted<Meter>; cost: number }[]): LimitDecision {
  if (taken.length === 0) return PASSED
  let places = taken
  const release = () => {
    for (const { counted, cost } of places) counted.meter.release(cost)
    places = []
  }
  return { ...PASSED, release }
}

/** `Limiter.limit`, of what takes. */
export function limitBy(take: Limiter['take'], clock: Pick<Clock, 'monotonic'>): Limiter['limit'] {
  return (resource, fn) =>
    async (...args) => {
      const name = typeof resource === 'string' ? resource : resource(...args)
      const decision = await take(name, clock.monotonic())
      if (!decision.allowed) throw rateLimited(name, decision)
      try {
        return await fn(...args)
      } finally {
        decision.release()
      }
    }
}

/** A refusal as an error: what, expected and got, with the wait. */
export function rateLimited(resource: string, { rule, retryAfterMs }: LimitDecision): EngineError {
  const expected = rule ? boundText(rule) : 'its limit'
  return new EngineError('rate_limited', `expected at most ${expected} calls of ${resource}, got one more`, {
    retryAfterMs,
  })
}
