import type { LimitType, RateLimitConfig } from '@signalbox/contracts'
import { Concurrent } from './concurrent.ts'
import type { Bounds, Meter } from './meter.ts'
import { SlidingWindow } from './sliding-window.ts'
import { TokenBucket } from './token-bucket.ts'

export interface LimitDecision {
  allowed: boolean
  /**
   * 0 when allowed; else exact: a call after this many ms (with nobody else in between) is allowed. For `concurrent`
   * that cannot be known and it is when to look again.
   */
  retryAfterMs: number
  /** The rule that refused (of several, the one to wait for longest), or null. */
  rule: { resource: string; type: LimitType; maxValue: number; windowSeconds: number } | null
  /** Gives back a `concurrent` place. Idempotent; does nothing for other rules. Call it always. */
  release(): void
}

/**
 * Limits per resource. A resource may have one rule of each type; a call passes only if all of them let it pass, and
 * takes from none when one refuses. A resource without an enabled rule always passes. Never rejects for "limited".
 *
 * `recipient:sms:+8613800138000` without a rule of its own is limited by the rule of `recipient:sms`, each recipient by
 * itself. A `cost` above a rule's maximum counts as the maximum, so that it passes in the end. `now` is milliseconds of a
 * clock that only runs, the same one for every call: a wall clock may stand still or be put, and limits with it. A step
 * back all the same stops no refill, it only counts as no time passed.
 */
export interface Limiter {
  take(resource: string, now: number, cost?: number): Promise<LimitDecision>
  /** Looks without taking. */
  peek(resource: string, now: number): Promise<LimitDecision>
  /** Puts rules in force at once; state of rules that stay (same resource and type) is kept. */
  configure(rules: readonly RateLimitConfig[]): void
  /** True when the resource has an enabled rule: lets the hot path skip the rest. */
  limited(resource: string): boolean
}

export interface LimiterOptions {
  /** Members of families (`recipient:sms:...`) remembered at most; the oldest is forgotten first. Default 100,000. */
  maxMembers?: number
}

/** A limiter in this process. `tracked` is how many resources it remembers something of. */
export interface MemoryLimiter extends Limiter {
  readonly tracked: number
}

type Rule = NonNullable<LimitDecision['rule']>
/** The meters of one resource, by type. */
type Meters = Map<LimitType, Meter>

const PASSED: LimitDecision = { allowed: true, retryAfterMs: 0, rule: null, release() {} }
/** Members looked at per call for being idle: more than one call can add, so that memory follows what is in use. */
const SWEEP = 2

export function createLimiter({ maxMembers = 100_000 }: LimiterOptions = {}): MemoryLimiter {
  let rules = new Map<string, Rule[]>()
  /** Of resources with a rule of their own. */
  let own = new Map<string, Meters>()
  const members = new Map<string, Meters>()
  let sweeper = members.keys()
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
    const kept = rules.has(resource) ? own : members
    let meters = kept.get(resource)
    if (!meters) kept.set(resource, (meters = new Map()))
    return meters
  }

  function meterOf(rule: Rule, meters: Meters, now: number): Meter {
    let meter = meters.get(rule.type)
    if (!meter) meters.set(rule.type, (meter = newMeter(rule, now)))
    return meter
  }

  /** The rule to wait for longest, among those that refuse. */
  function refusal(active: Rule[], meters: Meters, now: number, cost: number): LimitDecision {
    let refused = PASSED
    for (const rule of active) {
      const retryAfterMs = meterOf(rule, meters, now).wait(Math.min(cost, rule.maxValue), now)
      if (retryAfterMs > refused.retryAfterMs) refused = { allowed: false, retryAfterMs, rule, release() {} }
    }
    return refused
  }

  function takeAll(active: Rule[], meters: Meters, now: number, cost: number): LimitDecision {
    for (const rule of active) meterOf(rule, meters, now).take(Math.min(cost, rule.maxValue), now)
    const place = active.find((rule) => rule.type === 'concurrent')
    const meter = place && meters.get('concurrent')
    if (!meter) return PASSED
    let held = Math.min(cost, place.maxValue)
    const release = () => {
      meter.release(held)
      held = 0
    }
    return { ...PASSED, release }
  }

  function forgetIdle(now: number): void {
    for (let looked = 0; looked < SWEEP && members.size > 0; looked++) {
      const next = sweeper.next()
      if (next.done) {
        sweeper = members.keys()
        continue
      }
      const meters = members.get(next.value)
      if (meters && [...meters.values()].every((meter) => meter.idle(now))) members.delete(next.value)
    }
    if (members.size <= maxMembers) return
    const oldest = members.keys().next()
    if (!oldest.done) members.delete(oldest.value)
  }

  return {
    async take(resource, now, cost = 1) {
      const active = rulesOf(resource)
      if (!active) return PASSED
      const at = steady(now)
      const meters = metersOf(resource)
      const refused = refusal(active, meters, at, cost)
      const decision = refused.allowed ? takeAll(active, meters, at, cost) : refused
      forgetIdle(at)
      return decision
    },

    async peek(resource, now) {
      const active = rulesOf(resource)
      if (!active) return PASSED
      const at = steady(now)
      const decision = refusal(active, metersOf(resource), at, 1)
      forgetIdle(at)
      return decision
    },

    configure(configs) {
      rules = Map.groupBy(configs.filter((config) => config.enabled).map(toRule), (rule) => rule.resource)
      for (const kept of [own, members]) {
        for (const [resource, meters] of kept) reconfigure(meters, rulesOf(resource) ?? [], steadyNow)
      }
      const stays = ([resource, meters]: [string, Meters]) => rules.has(resource) && meters.size > 0
      own = new Map([...own].filter(stays))
      for (const [resource, meters] of members) if (meters.size === 0 || rules.has(resource)) members.delete(resource)
    },

    limited: (resource) => rulesOf(resource) !== undefined,

    get tracked() {
      return own.size + members.size
    },
  }
}

function reconfigure(meters: Meters, active: readonly Rule[], now: number): void {
  for (const [type, meter] of meters) {
    const rule = active.find((each) => each.type === type)
    if (rule) meter.configure(boundsOf(rule), now)
    else meters.delete(type)
  }
}

/** `recipient:sms` of `recipient:sms:+8613800138000`; the resource itself when it has no third part. */
function familyOf(resource: string): string {
  const end = resource.indexOf(':', resource.indexOf(':') + 1)
  return end < 0 ? resource : resource.slice(0, end)
}

function toRule(config: RateLimitConfig): Rule {
  const { resource, limit_type: type, max_value: maxValue, window_seconds: windowSeconds } = config
  return { resource, type, maxValue, windowSeconds }
}

function boundsOf(rule: Rule): Bounds {
  return { maxValue: rule.maxValue, windowMs: Math.max(1, Math.round(rule.windowSeconds * 1000)) }
}

function newMeter(rule: Rule, now: number): Meter {
  const bounds = boundsOf(rule)
  switch (rule.type) {
    case 'qps':
      return new TokenBucket(bounds, now)
    case 'sliding_window':
      return new SlidingWindow(bounds)
    case 'concurrent':
      return new Concurrent(bounds)
  }
}
