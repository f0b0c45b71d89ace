/** The meters of the limiter in Redis: each step is one script. Keys go by themselves once they count nothing any more. */
import { randomUUID } from 'node:crypto'
import { ForgottenError, type LimitStep, type LimitStore, type SharedMeter } from '../../limiter/store.ts'
import type { RedisLink } from './link.ts'
import { script } from './script.ts'

const take = script('take', 'time')
const giveBack = script('give-back')
const hold = script('hold', 'time')

/** Places of a node that says nothing for so long are free; those that it has are told every second. */
const LEASE_MS = 10_000

export interface LimitsOptions {
  /** The time that counts, ms. Left out: the server's, the same for all nodes. */
  now?: () => number
  leaseMs?: number
}

export function createLimits(link: RedisLink, { now, leaseMs = LEASE_MS }: LimitsOptions = {}): LimitStore {
  const node = randomUUID()
  const time = `${link.prefix}:time`
  const keyOf = (name: string) => `${link.prefix}:limit:${name}`
  const at = () => now?.() ?? ''
  let epoch = ''
  let epochs = 0
  /** Places that this node has, by meter … */
  const places = new Map<string, number>()
  /** … and in how many steps that are under way it asks for more. */
  const asking = new Map<string, number>()

  const count = (of: Map<string, number>, name: string, by: number) => {
    const sum = (of.get(name) ?? 0) + by
    if (sum > 0) of.set(name, sum)
    else of.delete(name)
  }

  /** Meters of which nothing more is asked until what is under way is answered: then the places are told. */
  const counting = new Map<string, PromiseWithResolvers<void>>()

  function tell(held: readonly [name: string, count: number][]): void {
    if (held.length === 0) return
    const args = [at(), node, leaseMs, ...held.map(([, each]) => each)]
    link.run(hold, [time, ...held.map(([name]) => keyOf(name))], args).catch(() => undefined)
  }

  link.onBeat(() => {
    for (const name of asking.keys()) if (!counting.has(name)) counting.set(name, Promise.withResolvers())
    tell([...places].filter(([name]) => !asking.has(name)))
  })

  function answered(name: string): void {
    count(asking, name, -1)
    const counted = counting.get(name)
    if (!counted || asking.has(name)) return
    counting.delete(name)
    tell([[name, places.get(name) ?? 0]])
    counted.resolve()
  }

  /** Of places this node knows best how many are its own, but for those that it may be given just now. */
  function knownOf({ name, type, known }: SharedMeter): string {
    if (type !== 'concurrent') return known?.join(',') ?? ''
    return asking.has(name) ? '' : String(places.get(name) ?? 0)
  }

  async function run(meters: readonly SharedMeter[]): Promise<LimitStep> {
    const ofPlaces = meters.filter(({ type }) => type === 'concurrent')
    for (const { name } of ofPlaces) while (counting.has(name)) await counting.get(name)?.promise
    const args = meters.flatMap((meter) => {
      const { type, bounds, cost, parts } = meter
      return [type, bounds.maxValue, bounds.windowMs, cost, parts, knownOf(meter)]
    })
    for (const { name } of ofPlaces) count(asking, name, 1)
    try {
      const answer = await link.run(
        take,
        [time, ...meters.map(({ name }) => keyOf(name))],
        [at(), epoch, node, leaseMs, ...args],
      )
      const [itsEpoch, taken, ...rest] = answer as [string, number?, ...unknown[]]
      if (epoch !== itsEpoch) {
        const isFirst = epoch === ''
        epoch = itsEpoch
        if (!isFirst) {
          epochs += 1
          // What is under way knows of the old epoch and is given nothing, so these are all.
          tell([...places])
        }
      }
      if (taken === undefined) throw new ForgottenError('expected Redis to know the limits as before, got others')
      if (taken === 1) for (const { name, cost } of ofPlaces) count(places, name, cost)
      return {
        taken: taken === 1,
        meters: meters.map((_, i) => ({ wait: rest[2 * i] as number, state: rest[2 * i + 1] as number[] })),
      }
    } finally {
      for (const { name } of ofPlaces) answered(name)
    }
  }

  return {
    get isUp() {
      return link.isUp
    },
    get generation() {
      return link.comebacks + epochs
    },
    take: run,
    keep: (name, held) => count(places, name, held),
    giveBack(name, held) {
      count(places, name, -held)
      if (link.isUp) link.run(giveBack, [keyOf(name)], [node, held]).catch(() => undefined)
    },
  }
}
