import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRecipientLine } from './recipient-line.ts'

describe('the line before a recipient', () => {
  it('puts a newcomer behind all of its own and higher priority, and before the lower', () => {
    const line = createRecipientLine()
    expect(line.place('a', 1, 5)).toBe(1)
    line.join('a', 1, 5)
    line.join('a', 2, 5)
    expect([line.place('a', 3, 5), line.place('a', 3, 4), line.place('a', 3, 6)]).toEqual([3, 3, 1])
    expect(line.place('b', 3, 5)).toBe(1)
  })

  it('gives who comes back in its time the first place of its priority', () => {
    const line = createRecipientLine()
    line.join('a', 1, 5)
    line.join('a', 2, 5)
    line.join('a', 3, 9)
    expect([line.place('a', 1, 5), line.place('a', 3, 9)]).toEqual([2, 1])
  })

  it('counts nobody above its bound, and everybody else still', () => {
    const line = createRecipientLine(2)
    for (const id of [1, 2, 3]) line.join('a', id, 5)
    expect([line.size, line.place('a', 4, 5)]).toEqual([2, 3])
    line.leave(3)
    line.leave(1)
    expect([line.size, line.place('a', 4, 5)]).toEqual([1, 2])
  })

  it('calls the first of the highest priority, each once, and again who has to wait again', () => {
    const line = createRecipientLine()
    line.join('a', 1, 5)
    line.join('a', 2, 5)
    line.join('a', 3, 9)
    line.join('b', 4, 5)
    expect([line.call('a'), line.call('a')]).toEqual([3, 1])
    line.leave(3)
    line.join('a', 1, 5)
    expect([line.call('a'), line.call('a'), line.call('a'), line.call('c')]).toEqual([1, 2, null, null])
  })

  it('agrees with a list of those who wait, over any story', () => {
    const step = fc.record({
      do: fc.constantFrom('join' as const, 'join' as const, 'leave' as const, 'clear' as const),
      id: fc.nat({ max: 8 }),
      to: fc.constantFrom('a', 'b'),
      priority: fc.constantFrom(0, 5, 10),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const line = createRecipientLine()
        let model: { id: number; to: string; priority: number }[] = []
        for (const { do: what, id, to, priority } of steps) {
          if (what === 'join') {
            line.join(to, id, priority)
            if (!model.some((each) => each.id === id)) model.push({ id, to, priority })
          } else if (what === 'leave') {
            line.leave(id)
            model = model.filter((each) => each.id !== id)
          } else {
            line.clear()
            model = []
          }
          expect(line.size).toBe(model.length)
          const before = model.filter((each) => each.to === to && each.priority >= priority).length
          expect(line.place(to, 99, priority)).toBe(before + 1)
        }
      }),
    )
  })
})
