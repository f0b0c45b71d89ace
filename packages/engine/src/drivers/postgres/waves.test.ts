import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wavesOf, type Call } from './waves.ts'

const call = (keys: readonly number[] | null): Call => ({ keys, work: { run: () => Promise.resolve() } })
const calls = fc.array(fc.option(fc.array(fc.nat({ max: 5 }), { maxLength: 3 }), { nil: null }).map(call))

describe('the waves of a transaction', () => {
  it('have every call once, and calls on the same thing one wave after the other, in their order', () => {
    fc.assert(
      fc.property(calls, (given) => {
        const waves = wavesOf(given)
        expect(new Set(waves.flat())).toEqual(new Set(given))
        expect(waves.flat()).toHaveLength(given.length)
        const waveOf = new Map(waves.flatMap((wave, i) => wave.map((each) => [each, i] as const)))
        for (const [i, later] of given.entries()) {
          for (const earlier of given.slice(0, i)) {
            const apart = !later.keys || !earlier.keys || later.keys.some((key) => earlier.keys?.includes(key))
            if (apart) expect(waveOf.get(earlier)).toBeLessThan(waveOf.get(later) as number)
          }
        }
      }),
    )
  })

  it('are one where nothing touches the same', () => {
    expect(wavesOf([call([1]), call([]), call([2, 3])])).toHaveLength(1)
  })
})
