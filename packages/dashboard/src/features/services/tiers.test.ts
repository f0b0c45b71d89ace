import type { Service } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { NOW, serviceOf } from '../../../test/support/service.ts'
import { consequenceOf, groupsOf } from './tiers.ts'

const of = (services: readonly Service[], shown = services) => {
  const [sms] = groupsOf(services, new Set(shown.map(({ id }) => id)), NOW)
  if (!sms) throw new Error('expected a group per channel, got none')
  return sms
}
const service = (id: number, priority: number, given: Partial<Omit<Service, 'health'>> = {}) =>
  serviceOf({ id, priority, name: `s${id}`, sandbox: false, ...given })
const roles = (services: readonly Service[]) => of(services).tiers.map(({ priority, role }) => [priority, role])

describe('the services of a channel', () => {
  it('stand by priority, the highest first; messages go to the first that can be asked', () => {
    expect(roles([service(1, 5), service(2, 20), service(3, 10)])).toEqual([
      [20, 'in_use'],
      [10, 'stands_by'],
      [5, 'stands_by'],
    ])
  })

  it('stand in for those above of which none can be asked', () => {
    const [off, paused] = [service(1, 20, { state: 'disabled' }), service(2, 20, { state: 'paused' })]
    expect(roles([off, paused, service(3, 10), service(4, 5, { state: 'paused' })])).toEqual([
      [20, 'out'],
      [10, 'in_use'],
      [5, 'out'],
    ])
  })

  it('keep their part when others are filtered away', () => {
    const all = [service(1, 20), service(2, 10)]
    expect(of(all, all.slice(1)).tiers).toMatchObject([{ priority: 10, role: 'stands_by' }])
    expect(of(all, all.slice(1)).count).toBe(2)
  })

  it('say when messages of the channel wait', () => {
    expect(of([]).stuck).toBe(true)
    expect(of([service(1, 0, { state: 'paused' })])).toMatchObject({ stuck: true, active: 0, count: 1 })
    expect(of([service(1, 0)]).stuck).toBe(false)
  })

  it('are a sandbox when all that messages go to keep them', () => {
    const real = service(1, 10)
    const kept = service(2, 10, { sandbox: true })
    expect(of([kept, real]).sandboxed).toBe(false)
    expect(of([kept, { ...real, state: 'paused', paused: true }]).sandboxed).toBe(true)
  })
})

describe('a sandbox below another service', () => {
  const sandbox = service(2, 0, { sandbox: true })

  it('takes no part, also while that one is paused or was ended by its provider', () => {
    const real = service(1, 10)
    expect(roles([real, sandbox])).toEqual([
      [10, 'in_use'],
      [0, 'left_out'],
    ])
    const paused = { ...real, state: 'paused', paused: true } as const
    expect(roles([paused, sandbox])).toEqual([
      [10, 'out'],
      [0, 'left_out'],
    ])
    const ended = { ...real, state: 'disabled', enabled: false, disabled_because: '410' } as const
    expect(roles([ended, sandbox])).toEqual([
      [10, 'out'],
      [0, 'left_out'],
    ])
  })

  it('takes over where an operator disabled what stood above', () => {
    const off = service(1, 10, { state: 'disabled', enabled: false })
    expect(roles([off, sandbox])).toEqual([
      [10, 'out'],
      [0, 'in_use'],
    ])
  })

  it('is warned of before: a pause lets messages wait, draining has them kept', () => {
    const [real, other] = [service(1, 10), service(3, 5)]
    expect(consequenceOf('pause', real, [real, sandbox], NOW)).toBe('wait')
    expect(consequenceOf('drain', real, [real, sandbox], NOW)).toBe('kept')
    expect(consequenceOf('drain', real, [real], NOW)).toBe('wait')
    expect(consequenceOf('pause', real, [real, other, sandbox], NOW)).toBeNull()
    expect(consequenceOf('pause', sandbox, [real, sandbox], NOW)).toBeNull()
  })

  it('changes nothing more where messages wait already', () => {
    const paused = service(1, 10, { state: 'paused', paused: true })
    expect(consequenceOf('drain', service(3, 5, { state: 'paused', paused: true }), [paused], NOW)).toBeNull()
  })
})
