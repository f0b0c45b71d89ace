import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createReturnSlots, RECONNECTS_PER_SECOND } from './return-slots.ts'

function taken(viewers: readonly number[]) {
  const slots = createReturnSlots<number>()
  for (const viewer of viewers) slots.take(viewer)
  return slots
}
const viewers = Array.from({ length: 500 }, (_, i) => i)

describe('viewers that lost their connection', () => {
  it('come back within 5 s when they are 500, never more than 100 of them in a second', () => {
    const slots = taken(viewers)
    const times = viewers.map((viewer) => slots.returnInMs(viewer)).sort((a, b) => a - b)
    expect(times.at(-1)).toBeLessThan(5_500)
    times.forEach((from, i) => {
      const inOneSecond = times.slice(i).filter((at) => at < from + 1000)
      expect(inOneSecond.length).toBeLessThanOrEqual(RECONNECTS_PER_SECOND)
    })
  })

  it('do not wait long when they are few', () => {
    expect(taken([7]).returnInMs(7)).toBe(250)
  })

  it('never share a moment, whoever comes and goes, and use the early ones first', () => {
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
          for (const ms of times) expect(ms).toBeLessThan(250 + most * 10)
        }
      }),
    )
  })
})
