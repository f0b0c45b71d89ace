import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRowSlots } from './row-slots.ts'

describe('the rows of the feed', () => {
  it('keep their message while it is shown, and take the next one when it has left', () => {
    const slots = createRowSlots()
    expect(slots.assign([3, 2, 1])).toEqual([0, 1, 2])
    expect(slots.assign([4, 3, 2])).toEqual([2, 0, 1])
    expect(slots.assign([9, 8, 7])).toEqual([2, 0, 1])
    expect(slots.assign([9, 8, 7, 6])).toEqual([2, 0, 1, 3])
  })

  it('are never more than were ever shown at once, none shows two messages, and none changes its own', () => {
    const lists = fc.array(fc.uniqueArray(fc.nat(60), { maxLength: 50 }), { maxLength: 20 })
    fc.assert(
      fc.property(lists, (all) => {
        const slots = createRowSlots()
        let before = new Map<number, number>()
        let most = 0
        for (const ids of all) {
          const assigned = slots.assign(ids)
          most = Math.max(most, ids.length)
          expect(new Set(assigned).size).toBe(ids.length)
          const now = new Map(ids.map((id, i) => [id, assigned[i] as number]))
          for (const [id, slot] of now) if (before.has(id)) expect(slot).toBe(before.get(id))
          for (const slot of assigned) expect(slot).toBeLessThan(most)
          before = now
        }
      }),
    )
  })
})
