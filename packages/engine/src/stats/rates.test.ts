import { describe, expect, it } from 'vitest'
import { newRecord } from '../../test/support/records.ts'
import { createRates } from './rates.ts'

const T0 = Date.UTC(2026, 0, 15)

const ended = (at: number, changes: Parameters<typeof newRecord>[0] = {}) =>
  newRecord({ state: 'sent', serviceId: 1, finishedAt: at, updatedAt: at, ...changes })

describe('rates', () => {
  it('are means over the last five whole seconds, not counting the one that runs', () => {
    const rates = createRates()
    for (let second = 0; second < 5; second++) rates.accepted(10, T0 + second * 1_000 + 999)
    rates.accepted(1_000, T0 + 5_000)
    expect(rates.perSecond(T0 + 5_500).accepted).toBe(10)
    expect(rates.perSecond(T0 + 6_000).accepted).toBe((4 * 10 + 1_000) / 5)
  })

  it('fall to nothing when nothing comes, also after hours', () => {
    const rates = createRates()
    rates.accepted(50, T0)
    expect(rates.perSecond(T0 + 5_000).accepted).toBe(10)
    expect(rates.perSecond(T0 + 6_000).accepted).toBe(0)
    expect(rates.perSecond(T0 + 8_000).accepted).toBe(0)
    expect(rates.perSecond(T0 + 7_200_000).accepted).toBe(0)
  })

  it('count a message when it ends, and its failure apart', () => {
    const rates = createRates()
    rates.changed(newRecord({ state: 'queued' }), T0)
    rates.changed(newRecord({ state: 'sending', claimedAt: T0 }), T0)
    rates.changed(ended(T0), T0)
    rates.changed(ended(T0, { state: 'failed' }), T0)
    expect(rates.perSecond(T0 + 1_000)).toEqual({ accepted: 0, ended: 2 / 5, failed: 1 / 5 })
  })

  it('do not count it again when a receipt moves it on', () => {
    const rates = createRates()
    rates.changed(ended(T0), T0)
    rates.changed(ended(T0, { state: 'delivered', updatedAt: T0 + 700 }), T0 + 700)
    expect(rates.perSecond(T0 + 1_000).ended).toBe(1 / 5)
  })

  it('call a service active for a minute after it finished a message', () => {
    const rates = createRates()
    rates.changed(ended(T0, { serviceId: 1 }), T0)
    rates.changed(ended(T0 + 30_000, { serviceId: 2 }), T0 + 30_000)
    expect(rates.activeServices(T0 + 60_000)).toBe(2)
    expect(rates.activeServices(T0 + 60_001)).toBe(1)
    expect(rates.activeServices(T0 + 90_001)).toBe(0)
  })
})
