import { beforeEach, describe, expect, it } from 'vitest'
import { stats } from '../../test/support/figures.ts'
import { setDisplayZone } from '../lib/time.ts'
import { slotsOf } from './slots.ts'

const { curve, usual } = stats()
beforeEach(() => setDisplayZone('Asia/Shanghai'))

describe('the slots of the range', () => {
  it('go on with what is usual in the hours to come', () => {
    const slots = slotsOf(curve, usual, 'en')
    expect(slots.labels).toEqual(['00:00', '01:00', '02:00'])
    expect(slots.median).toEqual([40, 60, 70])
  })

  it('leave out the one that is still filling: it would look like a fall', () => {
    const slots = slotsOf(curve, usual, 'en')
    expect([slots.sent, slots.failed]).toEqual([
      [40, null, null],
      [2, null, null],
    ])
  })

  it('line up a band that begins earlier than the curve', () => {
    const later = { ...curve, first_slot: '2025-11-21T01:00:00.000+08:00' }
    expect(slotsOf(later, usual, 'en').sent).toEqual([null, 40, null])
  })

  it('have no band without past weeks, nor one of other slots', () => {
    expect(slotsOf(curve, { ...usual, weeks: 0 }, 'en')).toMatchObject({ weeks: 0, labels: ['00:00', '01:00'] })
    expect(slotsOf(curve, { ...usual, slot_ms: 900_000 }, 'en').weeks).toBe(0)
    expect(slotsOf(curve, undefined, 'en').high).toEqual([null, null])
  })

  it('are named by weekday where they cover several days', () => {
    const week = { ...curve, slot_ms: 24 * 3_600_000 }
    expect(slotsOf(week, undefined, 'zh').labels).toEqual(['周五', '周六'])
  })
})
