/** The rules in force, and what was taken of each: what every limiter is made of. */
import type { RateLimitConfig } from '@signalbox/contracts'
import type { Quota, Wait } from './limiter.ts'
import { Members, type Meters } from './members.ts'
import type { Meter } from './meter.ts'
import { boundsOf, familyOf, toRule, type Rule } from './rules.ts'

/** One resource with its rules in force. */
export interface Limited<M extends Meter> {
  resource: string
  active: readonly Rule[]
  meters: Meters<M>
}

/** One rule of a resource, with what it counts. */
export interface Counted<M extends Meter> {
  resource: string
  rule: Rule
  meter: M
}

export interface Book<M extends Meter> {
  readonly version: number
  readonly tracked: number
  configure(configs: readonly RateLimitConfig[]): void
  rules(resource: string): readonly Rule[]
  limited(resource: string): boolean
  /** Time that only runs forward, whatever the clock does. Every other `at` is of this time. */
  steady(now: number): number
  /** Those of the resources that are limited at all. */
  find(resources: string | readonly string[]): Limited<M>[]
  meter(rule: Rule, limited: Limited<M>, at: number): M
  /** The rule to wait for longest, among those that refuse; null when none does. */
  refusal(found: readonly Limited<M>[], cost: number, at: number): Wait | null
  /** From all of them; what is to be given back. */
  take(found: readonly Limited<M>[], cost: number, at: number): { counted: Counted<M>; cost: number }[]
  /** They were used now. */
  touch(found: readonly Limited<M>[]): void
  wait(resource: string, at: number, nth: number): Wait
  quota(resource: string, at: number): Quota | null
  /** Forgets some of what is idle. */
  sweep(at: number): void
}

export interface BookOptions<M extends Meter> {
  maxMembers: number
  newMeter(rule: Rule, resource: string, at: number): M
  /** Before a meter is used. */
  prepare?(meter: M, rule: Rule, resource: string, at: number): void
  /** A rule that stands in no settings, of a resource that has no other. */
  ruleOf?(resource: string): Rule | null
}

export function createBook<M extends Meter>({ maxMembers, newMeter, prepare, ruleOf }: BookOptions<M>): Book<M> {
  let rules = new Map<string, Rule[]>()
  /** Families of which some member has a rule, or all have. */
  let families = new Set<string>()
  /** Of resources with a rule of their own. */
  let own = new Map<string, Meters<M>>()
  const members = new Members<M>(maxMembers)
  let version = 0
  let steadyNow = 0
  let lastNow: number | null = null

  function rulesOf(resource: string): readonly Rule[] | undefined {
    const found = rules.get(resource) ?? rules.get(familyOf(resource))
    if (found || !ruleOf) return found
    const rule = ruleOf(resource)
    return rule ? [rule] : undefined
  }

  function metersOf(resource: string): Meters<M> {
    if (!rules.has(resource)) return members.get(resource)
    let meters = own.get(resource)
    if (!meters) own.set(resource, (meters = new Map()))
    return meters
  }

  function find(resources: string | readonly string[]): Limited<M>[] {
    const found: Limited<M>[] = []
    for (const resource of typeof resources === 'string' ? [resources] : resources) {
      const active = rulesOf(resource)
      if (active) found.push({ resource, active, meters: metersOf(resource) })
    }
    return found
  }

  function meterOf(rule: Rule, { resource, meters }: Limited<M>, at: number): M {
    let meter = meters.get(rule.type)
    if (!meter) meters.set(rule.type, (meter = newMeter(rule, resource, at)))
    prepare?.(meter, rule, resource, at)
    return meter
  }

  function touch(found: readonly Limited<M>[]): void {
    for (const { resource, meters } of found) if (!rules.has(resource)) members.touch(resource, meters)
  }

  return {
    get version() {
      return version
    },
    get tracked() {
      return own.size + members.size
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
    steady(now) {
      steadyNow += lastNow === null ? 0 : Math.max(0, Math.floor(now) - lastNow)
      lastNow = Math.floor(now)
      return steadyNow
    },
    find,
    meter: meterOf,
    refusal(found, cost, at) {
      let longest: Wait | null = null
      for (const limited of found) {
        for (const rule of limited.active) {
          const ms = meterOf(rule, limited, at).wait(Math.min(cost, rule.maxValue), at)
          if (ms > (longest?.ms ?? 0)) longest = { ms, rule }
        }
      }
      return longest
    },
    take(found, cost, at) {
      const places: { counted: Counted<M>; cost: number }[] = []
      for (const limited of found) {
        for (const rule of limited.active) {
          const meter = meterOf(rule, limited, at)
          const taken = Math.min(cost, rule.maxValue)
          meter.take(taken, at)
          if (rule.type !== 'concurrent') continue
          places.push({ counted: { resource: limited.resource, rule, meter }, cost: taken })
        }
      }
      touch(found)
      return places
    },
    touch,
    wait(resource, at, nth) {
      let longest: Wait = { ms: 0, rule: null }
      for (const limited of find(resource)) {
        for (const rule of limited.active) {
          const ms = meterOf(rule, limited, at).wait(nth, at)
          if (ms > longest.ms) longest = { ms, rule }
        }
      }
      members.sweep(at)
      return longest
    },
    quota(resource, at) {
      let nearest: Quota | null = null
      for (const limited of find(resource)) {
        for (const rule of limited.active) {
          const meter = meterOf(rule, limited, at)
          const remaining = meter.remaining(at)
          if (nearest && remaining >= nearest.remaining) continue
          nearest = { limit: rule.maxValue, remaining, resetMs: meter.reset(at) }
        }
      }
      return nearest
    },
    sweep: (at) => members.sweep(at),
  }
}

function reconfigure<M extends Meter>(meters: Meters<M>, active: readonly Rule[], at: number): void {
  for (const [type, meter] of meters) {
    const rule = active.find((each) => each.type === type)
    if (rule) meter.configure(boundsOf(rule), at)
    else meters.delete(type)
  }
}
