import { MESSAGE_STATES, type MessageState } from '@signalbox/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { afterReceipt, isEnded, isSuccess, isWaiting, mayMove } from './states.ts'

const RECEIPTS = ['delivered', 'read', 'failed'] as const
const state = fc.constantFrom(...MESSAGE_STATES)
const receipt = fc.constantFrom(...RECEIPTS)

function reachableFrom(start: MessageState): Set<MessageState> {
  const reached = new Set([start])
  for (const from of reached) for (const to of MESSAGE_STATES) if (mayMove(from, to)) reached.add(to)
  return reached
}

describe('the states of a message', () => {
  it('can all be reached from scheduled, and all but scheduled from queued', () => {
    expect(reachableFrom('scheduled')).toEqual(new Set(MESSAGE_STATES))
    expect(reachableFrom('queued')).toEqual(new Set(MESSAGE_STATES.filter((each) => each !== 'scheduled')))
  })

  it('end for good in read and cancelled; a delivered one may only be read', () => {
    expect(MESSAGE_STATES.filter((from) => !MESSAGE_STATES.some((to) => mayMove(from, to)))).toEqual([
      'read',
      'cancelled',
    ])
    expect(MESSAGE_STATES.filter((to) => mayMove('delivered', to))).toEqual(['read'])
  })

  it('reach a provider through sending alone: nothing is sent that was not queued', () => {
    expect(MESSAGE_STATES.filter((from) => mayMove(from, 'sending'))).toEqual(['queued'])
  })

  it('go back to the queue only when it is certain or decided that they must leave again', () => {
    expect(MESSAGE_STATES.filter((from) => mayMove(from, 'queued'))).toEqual([
      'scheduled',
      'sending',
      'failed',
      'expired',
      'unknown',
    ])
  })

  it('are cancelled only while they wait', () => {
    expect(MESSAGE_STATES.filter((from) => mayMove(from, 'cancelled'))).toEqual(MESSAGE_STATES.filter(isWaiting))
  })

  it('are each of one kind: waiting, sending or ended, and a success is an end', () => {
    for (const each of MESSAGE_STATES) {
      expect([isWaiting(each), each === 'sending', isEnded(each)].filter(Boolean)).toHaveLength(1)
    }
    expect(MESSAGE_STATES.filter(isSuccess)).toEqual(['sent', 'delivered', 'read'])
    expect(MESSAGE_STATES.filter(isSuccess).every(isEnded)).toBe(true)
  })
})

describe('a receipt', () => {
  it('moves forward as the table allows, or changes nothing', () => {
    fc.assert(
      fc.property(state, receipt, (from, said) => {
        const to = afterReceipt(from, said)
        expect(to === from || mayMove(from, to)).toBe(true)
      }),
    )
  })

  it('changes nothing when it comes again', () => {
    fc.assert(
      fc.property(state, receipt, (from, said) => {
        const once = afterReceipt(from, said)
        expect(afterReceipt(once, said)).toBe(once)
      }),
    )
  })

  it('of delivered and read leads to read in either order, from wherever a receipt may arrive', () => {
    for (const from of ['sent', 'delivered', 'read', 'unknown'] as const) {
      expect(afterReceipt(afterReceipt(from, 'delivered'), 'read')).toBe('read')
      expect(afterReceipt(afterReceipt(from, 'read'), 'delivered')).toBe('read')
    }
  })

  it('of failed takes nothing back that reached the device', () => {
    expect(afterReceipt('sent', 'failed')).toBe('failed')
    expect(afterReceipt('delivered', 'failed')).toBe('delivered')
    expect(afterReceipt('read', 'failed')).toBe('read')
  })

  it('moves nothing that waits, is being sent or was called off', () => {
    for (const from of ['scheduled', 'queued', 'sending', 'cancelled', 'expired'] as const) {
      for (const said of RECEIPTS) expect(afterReceipt(from, said)).toBe(from)
    }
  })
})
