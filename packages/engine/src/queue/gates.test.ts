import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { QueueModel } from '../../test/support/queue-model.ts'
import { createFairWindow } from './fair-window.ts'
import { createGates, type GateReason } from './gates.ts'

function open() {
  const clock = new ManualClock()
  let opened = 0
  const window = createFairWindow({ store: new QueueModel(), onReady: () => undefined, onError: () => undefined })
  const gates = createGates(clock, window, () => (opened += 1))
  return { clock, window, gates, opened: () => opened }
}

const limited = (until: number): GateReason => ({
  reason: 'rate_limit',
  until,
  detail: 'qps of channel:sms: 1 per 1 s',
})
const serviceless: GateReason = { reason: 'no_service', until: null, detail: 'no enabled service for channel sms' }

const paused: GateReason = { reason: 'paused', until: null, detail: 'channel sms is paused' }

describe('a gate', () => {
  it('holds its channel back until its time, tells why, and then lets it go by itself', () => {
    const { clock, window, gates, opened } = open()
    const why = limited(clock.now() + 1_000)
    gates.close('sms', why)
    expect(gates.why('sms')).toEqual([why])
    expect(gates.why('email')).toEqual([])
    clock.advance(999)
    expect([window.isClosed('sms'), opened()]).toEqual([true, 0])
    clock.advance(1)
    expect([window.isClosed('sms'), opened(), gates.why('sms')]).toEqual([false, 1, []])
    expect(clock.pending).toBe(0)
  })

  it('without a time opens only when it is told', () => {
    const { clock, window, gates, opened } = open()
    gates.close('sms', serviceless)
    clock.advance(86_400_000)
    expect(window.isClosed('sms')).toBe(true)
    gates.open('sms', 'no_service')
    expect([window.isClosed('sms'), opened()]).toEqual([false, 1])
  })

  it('opens once, also when it is told twice or was never closed', () => {
    const { gates, opened } = open()
    gates.open('sms', 'no_service')
    gates.close('sms', serviceless)
    gates.open('sms', 'no_service')
    gates.open('sms', 'no_service')
    expect(opened()).toBe(1)
  })

  it('keeps the latest time when several workers meet the same limit, in any order', () => {
    for (const order of [
      [1_000, 3_000, 2_000],
      [3_000, 1_000, 2_000],
    ]) {
      const { clock, window, gates } = open()
      const now = clock.now()
      for (const ms of order) gates.close('sms', limited(now + ms))
      expect(clock.pending).toBe(1)
      clock.advance(2_999)
      expect(window.isClosed('sms')).toBe(true)
      clock.advance(1)
      expect(window.isClosed('sms')).toBe(false)
    }
  })

  it('of a paused channel stays closed when a limit ends, and goes on being limited when the pause does', () => {
    const { clock, window, gates, opened } = open()
    const limit = limited(clock.now() + 1_000)
    gates.close('sms', limit)
    gates.close('sms', paused)
    expect(gates.why('sms')).toEqual([paused, limit])
    gates.open('sms', 'paused')
    expect([window.isClosed('sms'), opened()]).toEqual([true, 0])
    gates.close('sms', paused)
    clock.advance(1_000)
    expect([window.isClosed('sms'), opened(), gates.why('sms')]).toEqual([true, 0, [paused]])
    gates.open('sms', 'paused')
    expect([window.isClosed('sms'), opened()]).toEqual([false, 1])
  })

  it('is closed exactly as long as any of its reasons holds, whatever comes and goes', () => {
    const gate = fc.constantFrom('sms', 'email')
    const reason = fc.constantFrom('paused' as const, 'rate_limit' as const, 'no_service' as const)
    const close = fc.record({
      what: fc.constant('close' as const),
      gate,
      reason,
      forMs: fc.option(fc.integer({ min: 1, max: 50 })),
    })
    const openOne = fc.record({ what: fc.constant('open' as const), gate, reason })
    const pass = fc.record({ what: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 40 }) })
    fc.assert(
      fc.property(fc.array(fc.oneof(close, openOne, pass), { maxLength: 60 }), (steps) => {
        const { clock, window, gates, opened } = open()
        const ends = new Map<string, number>()
        const closed = (name: string) => [...ends.keys()].some((key) => key.startsWith(name))
        let openings = 0
        for (const step of steps) {
          const before = ['sms', 'email'].filter(closed)
          if (step.what === 'pass') {
            clock.advance(step.ms)
            for (const [key, end] of ends) if (end <= clock.now()) ends.delete(key)
          } else if (step.what === 'open') {
            gates.open(step.gate, step.reason)
            ends.delete(`${step.gate} ${step.reason}`)
          } else {
            const until = step.forMs === null ? null : clock.now() + step.forMs
            gates.close(step.gate, { reason: step.reason, until, detail: '' })
            const key = `${step.gate} ${step.reason}`
            ends.set(key, Math.max(ends.get(key) ?? 0, until ?? Infinity))
          }
          openings += before.filter((name) => !closed(name)).length
          expect(['sms', 'email'].map((name) => window.isClosed(name))).toEqual(['sms', 'email'].map(closed))
          for (const name of ['sms', 'email']) {
            const told = gates.why(name).map(({ reason: why, until }) => [`${name} ${why}`, until ?? Infinity])
            expect(Object.fromEntries(told)).toEqual(
              Object.fromEntries([...ends].filter(([key]) => key.startsWith(name))),
            )
          }
          expect(clock.pending).toBe([...ends.values()].filter(Number.isFinite).length)
          expect(opened()).toBe(openings)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('leaves no timer behind after a stop, also when a worker meets a limit only then', () => {
    const { clock, window, gates } = open()
    gates.close('sms', limited(clock.now() + 1_000))
    gates.stop()
    gates.close('email', limited(clock.now() + 1_000))
    expect(window.isClosed('email')).toBe(true)
    expect(clock.pending).toBe(0)
  })
})
