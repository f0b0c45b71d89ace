import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSections } from './sections.ts'

describe('the sections of the wall', () => {
  it('brings anybody who has seen any tick to where they stand, by what changed alone', () => {
    const states = fc.array(fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2) }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(states, fc.nat(19), (all, from) => {
        const sections = createSections<(typeof all)[number]>()
        all.forEach((state, i) => sections.update(i + 1, state))
        const seen = Math.min(from, all.length)
        const before = all[seen - 1]
        const changed = sections.since(seen)
        expect({ ...before, ...changed }).toEqual(all.at(-1))
        expect(sections.since(all.length)).toEqual({})
      }),
    )
  })
})
