import type { RateLimitConfig } from '@signalbox/contracts'
import { systemClock, type Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { Members, type Meters } from './members.ts'
import type { Meter } from './meter.ts'
import { boundsOf, familyOf, newMeter, boundText, toRule, type Rule } from './rules.ts'

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

/** One resource with its rules in force. */
interface Limited {
  resource: string
  active: readonly Rule[]
  meters: Meters
}

const PASSED: LimitDecision = { allowed: true, retryAfterMs: 0, rule: null, release() {} }

export function createLimiter({ maxMembers = 100_000, clock = systemClock }: LimiterOptions = {}): MemoryLimiter {
  let rules = new Map<string, Rule[]>()
  /** Families of which some member has a rule, or all have. */
  let families = new Set<string>()
  /** Of resources with a rule of their own. */
  let own = new Map<string, Meters>()
  const members = new Members(maxMembers)
  let version = 0
  let steadyNow = 0
  let lastNow: number | null = null

  /** Time that only runs forward, whatever the clock does. */
  function steady(now: number): number {
    steadyNow += lastNow === null ? 0 : Math.max(0, Math.floor(now) - lastNow)
    lastNow = Math.floor(now)
    return steadyNow
  }

  function rulesOf(resource: string): Rule[] | undefined {
    return rules.get(resource) ?? rules.get(familyOf(resource))
  }

  function metersOf(resource: string): Meters {
    if (!rules.has(resource)) return members.get(resource)
    let meters = own.get(resource)
    if (!meters) own.set(resource, (meters = new Map()))
    return meters
  }

  /** Those of the resources that are limited at all. */
  function limitedOf(resources: string | readonly string[]): Limited[] {
    const found: Limited[] = []
    for (const resource of typeof resources === 'string' ? [resources] : resources) {
      const active = rulesOf(resource)
      if (active) found.push({ resource, active, meters: metersOf(resource) })
    }
    return found
  }

  function meterOf(rule: Rule, meters: Meters, now: number): Meter {
    let meter = meters.get(rule.type)
    if (!meter) meters.set(rule.type, (meter = newMeter(rule, now)))
    return meter
  }

  /** The rule to wait for longest, among those that refuse. */
  function refusal(found: readonly Limited[], now: number, cost: number): LimitDecision {
    let refused = PASSED
    for (const { active, meters } of found) {
      for (const rule of active) {
        const retryAfterMs = meterOf(rule, meters, now).wait(Math.min(cost, rule.maxValue), now)
        if (retryAfterMs > refused.retryAfterMs) refused = { allowed: false, retryAfterMs, rule, release() {} }
      }
    }
    return refused
  }

  function takeAll(found: readonly Limited[], now: number, cost: number): LimitDecision {
    let places: (() => void)[] = []
    for (const { resource, active, meters } of found) {
      for (const rule of active) {
        const meter = meterOf(rule, meters, now)
        const taken = Math.min(cost, rule.maxValue)
        meter.take(taken, now)
        if (rule.type === 'concurrent') places.push(() => meter.release(taken))
      }
      if (!rules.has(resource)) members.touch(resource, meters)
    }
    if (places.length === 0) return PASSED
    const release = () => {
      for (const place of places) place()
      places = []
    }
    return { ...PASSED, release }
  }

  function take(resource: string | readonly string[], now: number, cost = 1): LimitDecision {
    const found = limitedOf(resource)
    if (found.length === 0) return PASSED
    const at = steady(now)
    const refused = refusal(found, at, cost)
    const decision = refused.allowed ? takeAll(found, at, cost) : refused
    members.sweep(at)
    return decision
  }

  return {
    take,

    async peek(resource, now) {
      const found = limitedOf(resource)
      if (found.length === 0) return PASSED
      const at = steady(now)
      const decision = refusal(found, at, 1)
      members.sweep(at)
      return decision
    },

    wait(resource, now, nth = 1) {
      const at = steady(now)
      let longest: Wait = { ms: 0, rule: null }
      for (const { active, meters } of limitedOf(resource)) {
        for (const rule of active) {
          const ms = meterOf(rule, meters, at).wait(nth, at)
          if (ms > longest.ms) longest = { ms, rule }
        }
      }
      members.sweep(at)
      return longest
    },

    quota(resource, now) {
      const at = steady(now)
      let nearest: Quota | null = null
      for (const { active, meters } of limitedOf(resource)) {
        for (const rule of active) {
          const meter = meterOf(rule, meters, at)
          const remaining = meter.remaining(at)
          if (nearest && remaining >= nearest.remaining) continue
          nearest = { limit: rule.maxValue, remaining, resetMs: meter.reset(at) }
        }
      }
      return nearest
    },

    limit:
      (resource, fn) =>
      async (...args) => {
        const name = typeof resource === 'string' ? resource : resource(...args)
        const decision = take(name, clock.monotonic())
        if (!decision.allowed) throw rateLimited(name, decision)
        try {
          return await fn(...args)
        } finally {
          decision.release()
        }
      },

    get version() {
      return version
    },

    configure(configs) {
      version += 1
      rules = Map.groupBy(configs.filter((config) => config.enabled).map(toRule), (rule) => rule.resource)
      families = new Set([...rules.keys()].map(familyOf))
      for (const kept of [own, members]) {
        for (const [resource, meters] of kept) reconfigure(meters, rulesOf(resource) ?? [], steadyNow)
      }
      own = new Map([...own].filter(([resource, meters]) => rules.has(resource) && meters.size > 0))
      for (const [resource, meters] of members) if (meters.size === 0 || rules.has(resource)) members.delete(resource)
    },

    rules: (resource) => rulesOf(resource) ?? [],

    limited: (resource) => families.has(resource) || rulesOf(resource) !== undefined,

    get tracked() {
      return own.size + members.size
    },
  }
}

/** A refusal as an error: what, expected and got, with the wait. */
export function rateLimited(resource: string, { rule, retryAfterMs }: LimitDecision): EngineError {
  const expected = rule ? boundText(rule) : 'its limit'
  return new EngineError('rate_limited', `expected at most ${expected} calls of ${resource}, got one more`, {
    retryAfterMs,
  })
}

function reconfigure(meters: Meters, active: readonly Rule[], now: number): void {
  for (const [type, meter] of meters) {
    const rule = active.find((each) => each.type === type)
    if (rule) meter.configure(boundsOf(rule), now)
    else meters.delete(type)
  }
}
