import type { LimitType } from '@signalbox/contracts'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { openTestLink } from '../../../test/support/redis.ts'
import type { Bounds, Meter } from '../../limiter/meter.ts'
import { newMeter } from '../../limiter/rules.ts'
import type { LimitStore, SharedMeter } from '../../limiter/store.ts'
import { createLimits } from './limits.ts'
import type { RedisLink } from './link.ts'

const T0 = Date.UTC(2026, 0, 15)
const TYPES = ['qps', 'sliding_window', 'concurrent'] as const

let link: RedisLink
let now: number
let limits: LimitStore

beforeEach(async () => {
  link = await openTestLink()
  now = T0
  limits = createLimits(link, { now: () => now })
})

const newMeterOf = (type: LimitType, { maxValue, windowMs }: Bounds, at: number): Meter =>
  newMeter({ resource: '', type, maxValue, windowSeconds: windowMs / 1000 }, at)

const meter = (type: LimitType, bounds: Bounds, changes: Partial<SharedMeter> = {}): SharedMeter => ({
  ...{ name: `a ${type}`, type, bounds, cost: 1, parts: 1000, known: null },
  ...changes,
})

describe('limits in Redis', () => {
  it('decide every step as the meters in memory do, with the same waits, over any story of steps, changes and clock steps', async () => {
    const bounds = fc.record({
      maxValue: fc.integer({ min: 1, max: 12 }),
      windowMs: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 3000 })),
    })
    const step = fc.record({
      passMs: fc.oneof(
        fc.integer({ min: 0, max: 12 }),
        fc.integer({ min: 0, max: 800 }),
        fc.integer({ min: -400, max: 0 }),
      ),
      cost: fc.integer({ min: 1, max: 15 }),
      of: fc.subarray([...TYPES], { minLength: 1 }),
      gives: fc.boolean(),
      changes: fc.option(bounds, { freq: 8 }),
    })
    let story = 0
    await fc.assert(
      fc.asyncProperty(fc.tuple(bounds, bounds, bounds), fc.array(step, { maxLength: 40 }), async (first, steps) => {
        story += 1
        const nameOf = (type: LimitType) => `${story} ${type}`
        const inForce = Object.fromEntries(TYPES.map((type, i) => [type, first[i]])) as Record<LimitType, Bounds>
        const models = new Map(TYPES.map((type) => [type, newMeterOf(type, inForce[type], 0)] as const))
        let steady = 0
        let held: number[] = []
        for (const { passMs, cost, of, gives, changes } of steps) {
          now += passMs
          steady += Math.max(0, passMs)
          const asked = of.map((type) => {
            const model = models.get(type) as Meter
            // What changes is noticed with the next step.
            if (changes) {
              inForce[type] = changes
              model.configure(changes, steady)
            }
            return { type, model, cost: Math.min(cost, inForce[type].maxValue) }
          })
          const place = held.pop()
          if (gives && place !== undefined) {
            models.get('concurrent')?.release(place)
            limits.giveBack(nameOf('concurrent'), place)
          } else if (place !== undefined) held.push(place)
          const waits = asked.map((each) => each.model.wait(each.cost, steady))
          const taken = waits.every((wait) => wait === 0)
          for (const each of taken ? asked : []) {
            each.model.take(each.cost, steady)
            if (each.type === 'concurrent') held.push(each.cost)
          }
          const answer = await limits.take(
            asked.map((each) => meter(each.type, inForce[each.type], { name: nameOf(each.type), cost: each.cost })),
          )
          expect(answer).toEqual({
            taken,
            meters: asked.map(({ model }, i) => ({ wait: waits[i], state: model.state(steady) })),
          })
        }
        held = []
      }),
      { numRuns: 300 },
    )
  })
})
