import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReturnSlots } from './return-slots.ts'

function taken(viewers: readonly number[]) {
  const slots = createReturnSlots<number>()
  for (const viewer of viewers) slots.take(viewer)
  return slots
}
const viewers = Array.from({ length: 500 }, (_, i) => i)

describe('viewers that lost their connection', () => {
  it.each([0, 1000, 4000])(
    'come at most 100 in a second when they are 500 and the server is away for %i ms',
    (away) => {
      const slots = taken(viewers)
      const times = viewers
        .map((viewer) => {
          let inMs = slots.returnInMs(viewer)
          let at = inMs
          while (at < away) at += inMs *= 2
          return at
        })
        .sort((a, b) => a - b)
      expect(times.at(-1)).toBeLessThan(15_000)
      times.forEach((from, i) => {
        const inOneSecond = times.slice(i).filter((at) => at < from + 1000)
        expect(inOneSecond.length).toBeLessThanOrEqual(100)
      })
    },
  )

  it('do not wait long when they are few', () => {
    expect(taken([7]).returnInMs(7)).toBe(250)
  })

  it('take the earliest moment that is free', () => {
    const slots = taken([1, 2, 3])
    slots.giveBack(1)
    slots.giveBack(3)
    slots.take(4)
    expect([slots.returnInMs(4), slots.returnInMs(2)]).toEqual([250, 266])
  })

  it('never share a moment, whoever comes and goes', () => {
    const moves = fc.array(fc.tuple(fc.boolean(), fc.nat(30)), { maxLength: 200 })
    fc.assert(
      fc.property(moves, (all) => {
        const slots = createReturnSlots<number>()
        const open = new Set<number>()
        let most = 0
        for (const [comes, viewer] of all) {
          if (comes) slots.take(viewer)
          else slots.giveBack(viewer)
          if (comes) open.add(viewer)
          else open.delete(viewer)
          most = Math.max(most, open.size)
          const times = [...open].map((each) => slots.returnInMs(each))
          expect(new Set(times).size).toBe(open.size)
          for (const ms of times) expect(ms).toBeLessThan(250 + most * 16)
        }
      }),
    )
  })
})
