import type { Alert } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { alert } from '../../../test/support/figures.ts'
import { byUrgency, changesOf } from './alerts.ts'

const held: Alert['acknowledgement'] = {
  ...{ by: 'Li Wei', note: null, at: '2025-11-21T09:00:00.000+08:00', until: '2025-11-21T10:00:00.000+08:00' },
}

describe('the alerts', () => {
  it('stand by what needs a person first', () => {
    const sorted = byUrgency([
      alert({ id: 'quiet' }),
      alert({ id: 'over', state: 'resolved' }),
      alert({ id: 'near', state: 'pending' }),
      alert({ id: 'held', state: 'firing', acknowledgement: held }),
      alert({ id: 'open', state: 'firing' }),
    ])
    expect(sorted.map(({ id }) => id)).toEqual(['open', 'held', 'near', 'over', 'quiet'])
  })
})

describe('a pool that does not send', () => {
  it('has a place only while something is wrong with it', () => {
    const shown = (given: Partial<Alert>) => byUrgency([alert({ rule: 'pool_usage', ...given })]).length
    expect(shown({ subject: 'message_sender' })).toBe(1)
    expect(shown({ subject: 'notification' })).toBe(0)
    expect(shown({ subject: 'notification', state: 'pending' })).toBe(1)
  })
})

describe('what is said of an alert', () => {
  const told = (before: Partial<Alert> | null, after: Partial<Alert>) =>
    changesOf(before ? [alert(before)] : [], [alert(after)]).map(({ event }) => event)

  it('is that it fires, also to who opens the page then', () => {
    expect(told({ state: 'pending' }, { state: 'firing' })).toEqual(['firing'])
    expect(told(null, { state: 'firing' })).toEqual(['firing'])
  })

  it('is that it is over, that somebody has it, and that nobody has it any more', () => {
    expect(told({ state: 'firing' }, { state: 'resolved' })).toEqual(['resolved'])
    expect(told({ state: 'firing' }, { state: 'firing', acknowledgement: held })).toEqual(['acknowledged'])
    expect(told({ state: 'firing', acknowledgement: held }, { state: 'firing' })).toEqual(['lapsed'])
  })

  it('is nothing when only its figure moves, or while it is not firing', () => {
    expect(told({ state: 'firing', figure: 90 }, { state: 'firing', figure: 80 })).toEqual([])
    expect(told({ state: 'ok' }, { state: 'pending' })).toEqual([])
    expect(told(null, { state: 'ok' })).toEqual([])
  })
})
