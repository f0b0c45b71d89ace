import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nextLookAt } from './schedule.ts'

const TERMS = { firstMs: 30_000, untilMs: 24 * 3_600_000 }
const END = 1_000_000

describe('looks at a provider', () => {
  it('begin after the first pause, double it each time, and end with their time', () => {
    const looks: number[] = []
    for (let at = nextLookAt(END, null, TERMS); at !== null; at = nextLookAt(END, at, TERMS)) looks.push(at - END)
    expect(looks.slice(0, 4)).toEqual([30_000, 90_000, 210_000, 450_000])
    expect([looks.length, (looks.at(-1) ?? 0) <= TERMS.untilMs]).toEqual([11, true])
  })

  it('that came late take the place of those that have passed, and one too early takes that of none', () => {
    expect(nextLookAt(END, END + 100_000, TERMS)).toBe(END + 210_000)
    expect(nextLookAt(END, END + 10, TERMS)).toBe(END + 30_000)
  })

  it('are none when nobody is to be asked', () => {
    expect(nextLookAt(END, null, { firstMs: 30_000, untilMs: 0 })).toBeNull()
  })

  it('are always later than the last, and never later than the end of their time', () => {
    const ms = fc.integer({ min: 1, max: 1e9 })
    fc.assert(
      fc.property(ms, ms, ms, (firstMs, untilMs, lookedAfter) => {
        const at = nextLookAt(END, END + lookedAfter, { firstMs, untilMs })
        expect(at === null || (at > END + lookedAfter && at <= END + untilMs)).toBe(true)
      }),
    )
  })
})
