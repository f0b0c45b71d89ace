import { describe, expect, it } from 'vitest'
import { NOW, serviceOf } from '../../../test/support/service.ts'
import { actionsOn, doingOf, serves, undoOf } from './condition.ts'

const inMs = (ms: number) => new Date(NOW + ms).toISOString()
const waiting = (reason: 'no_quota' | 'rate_limit' | 'no_service', ms: number) => ({
  ...{ reason, until: inMs(ms), detail: 'why' },
})

describe('what a service is doing', () => {
  it('is its state, unless it is active and something keeps it', () => {
    expect(doingOf(serviceOf(), NOW).condition).toBe('active')
    const paused = serviceOf({ state: 'paused', health: { waiting: waiting('no_quota', 60_000) } })
    expect(doingOf(paused, NOW).condition).toBe('paused')
    const ended = serviceOf({ state: 'disabled', disabled_because: '410 Gone' })
    expect(doingOf(ended, NOW)).toEqual({ condition: 'disabled', until: null, detail: '410 Gone' })
  })

  it.each([
    ['no_quota', 'no_quota'],
    ['rate_limit', 'rate_limit'],
    ['no_service', 'held'],
  ] as const)('is %s while that is waited for, told as %s with the time', (reason, condition) => {
    const service = serviceOf({ health: { waiting: waiting(reason, 60_000) } })
    expect(doingOf(service, NOW)).toEqual({ condition, until: inMs(60_000), detail: 'why' })
  })

  it('is active where the wait is over before anybody has read it', () => {
    expect(doingOf(serviceOf({ health: { waiting: waiting('rate_limit', 1_000) } }), NOW).condition).toBe('active')
  })

  it('is told of the breaker before all else, also when that is about to close', () => {
    const open = serviceOf({ health: { breaker: 'open', waiting: waiting('no_service', 1_000) } })
    expect(doingOf(open, NOW)).toMatchObject({ condition: 'breaker', until: inMs(1_000) })
    expect(doingOf(serviceOf({ health: { breaker: 'half_open' } }), NOW).condition).toBe('trying')
  })

  it('serves unless it is off, used up or failing', () => {
    const told = (['active', 'trying', 'rate_limit', 'breaker', 'no_quota', 'paused', 'draining'] as const).filter(
      (condition) => serves({ condition, until: null, detail: null }),
    )
    expect(told).toEqual(['active', 'trying', 'rate_limit'])
  })
})

describe('what can be done to it', () => {
  it('depends on its state', () => {
    const of = (state: 'active' | 'paused' | 'draining' | 'disabled') => actionsOn({ state })
    expect([of('active'), of('paused'), of('draining'), of('disabled')]).toEqual([
      ['pause', 'drain'],
      ['resume', 'drain'],
      ['enable'],
      ['enable'],
    ])
  })

  it('is taken back to exactly what was: who drained a paused one gets a paused one', () => {
    expect(undoOf('pause', { paused: false })).toEqual(['resume'])
    expect(undoOf('drain', { paused: false })).toEqual(['enable'])
    expect(undoOf('drain', { paused: true })).toEqual(['enable', 'pause'])
  })
})
