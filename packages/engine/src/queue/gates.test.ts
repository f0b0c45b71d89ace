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

describe('a gate', () => {
  it('holds its channel back until its time, tells why, and then lets it go by itself', () => {
    const { clock, window, gates, opened } = open()
    const why = limited(clock.now() + 1_000)
    gates.close('sms', why)
    expect(gates.why('sms')).toEqual(why)
    expect(gates.why('email')).toBeNull()
    clock.advance(999)
    expect([window.isClosed('sms'), opened()]).toEqual([true, 0])
    clock.advance(1)
    expect([window.isClosed('sms'), opened(), gates.why('sms')]).toEqual([false, 1, null])
    expect(clock.pending).toBe(0)
  })

  it('without a time opens only when it is told', () => {
    const { clock, window, gates, opened } = open()
    gates.close('sms', serviceless)
    clock.advance(86_400_000)
    expect(window.isClosed('sms')).toBe(true)
    gates.open('sms')
    expect([window.isClosed('sms'), opened()]).toEqual([false, 1])
  })

  it('opens once, also when it is told twice or was never closed', () => {
    const { gates, opened } = open()
    gates.open('sms')
    gates.close('sms', serviceless)
    gates.open('sms')
    gates.open('sms')
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

  it('is told by the newest reason: a limit gives way to the lack of a service, and the other way round', () => {
    const { clock, gates } = open()
    gates.close('sms', limited(clock.now() + 1_000))
    gates.close('sms', serviceless)
    expect([gates.why('sms'), clock.pending]).toEqual([serviceless, 0])
    gates.close('sms', limited(clock.now() + 1_000))
    expect(gates.why('sms')).toMatchObject({ reason: 'rate_limit' })
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
