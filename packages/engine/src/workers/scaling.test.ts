import type { ThreadPoolConfig } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { COOL_DOWN_MS, scalingStep } from './scaling.ts'

const CONFIG: ThreadPoolConfig = {
  pool_name: 'message_sender',
  core_pool_size: 20,
  max_pool_size: 100,
  scale_up_threshold: 80,
  scale_down_threshold: 20,
  queue_capacity: 1000,
}
const NOW = 1_000_000
const step = (size: number, queueSize: number, lastChangeAt: number | null = null) =>
  scalingStep({ config: CONFIG, size, queueSize, lastChangeAt, now: NOW })

describe('a scaling step', () => {
  it('adds 10 above the upper threshold and says why', () => {
    expect(step(20, 801)).toEqual({
      pool: 'message_sender',
      at: NOW,
      from: 20,
      to: 30,
      cause: 'queue_above',
      reason: 'queue usage 80.1 % is above 80 %',
    })
  })

  it('takes 5 away below the lower threshold and says why', () => {
    expect(step(40, 199)).toMatchObject({
      from: 40,
      to: 35,
      cause: 'queue_below',
      reason: 'queue usage 19.9 % is below 20 %',
    })
  })

  it.each([200, 500, 800])('stays at a queue of %i, thresholds included', (queueSize) => {
    expect(step(50, queueSize)).toBeNull()
  })

  it('stops at max and at core', () => {
    expect(step(95, 1000)?.to).toBe(100)
    expect(step(100, 5000)).toBeNull()
    expect(step(22, 0)?.to).toBe(20)
    expect(step(20, 0)).toBeNull()
  })

  it('waits for its cool-down, longer before it shrinks', () => {
    expect(step(30, 1000, NOW - COOL_DOWN_MS.up + 1)).toBeNull()
    expect(step(30, 1000, NOW - COOL_DOWN_MS.up)?.to).toBe(40)
    expect(step(30, 0, NOW - COOL_DOWN_MS.down + 1)).toBeNull()
    expect(step(30, 0, NOW - COOL_DOWN_MS.down)?.to).toBe(25)
  })

  it('goes on after the clock stepped back by an hour', () => {
    expect(step(30, 1000, NOW + 3_600_000)?.to).toBe(40)
  })

  it('follows new bounds without a cool-down', () => {
    expect(step(10, 500, NOW)).toMatchObject({ to: 20, cause: 'core_raised', reason: 'core_pool_size is 20' })
    expect(step(200, 500, NOW)).toMatchObject({ to: 100, cause: 'max_lowered', reason: 'max_pool_size is 100' })
  })

  it('stays between core and max and never flaps, over any backlog', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 60 }), (backlogs) => {
        let size = CONFIG.core_pool_size
        let lastChangeAt: number | null = null
        let now = NOW
        for (const queueSize of backlogs) {
          now += 250
          const decision = scalingStep({ config: CONFIG, size, queueSize, lastChangeAt, now })
          if (!decision) continue
          if (decision.to < size && lastChangeAt !== null) expect(now - lastChangeAt).toBeGreaterThanOrEqual(5000)
          expect(decision.from).toBe(size)
          size = decision.to
          lastChangeAt = now
          expect(size).toBeGreaterThanOrEqual(20)
          expect(size).toBeLessThanOrEqual(100)
        }
      }),
    )
  })
})
