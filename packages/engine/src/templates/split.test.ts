import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketOf, compareRates, failingArm, findingOf } from './split.ts'

describe('the split', () => {
  it('gives a recipient the same bucket every time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (experiment, recipient) => {
        const bucket = bucketOf(experiment, recipient)
        expect(bucket).toBe(bucketOf(experiment, recipient))
        expect(bucket).toBeGreaterThanOrEqual(0)
        expect(bucket).toBeLessThan(100)
      }),
    )
  })

  it('spreads numbers that follow each other evenly, and anew in each experiment', () => {
    const phones = Array.from({ length: 20_000 }, (_, i) => `+86138${String(i).padStart(8, '0')}`)
    const inB = (key: string) => phones.map((phone) => bucketOf(key, phone) < 30)
    const first = inB('1:1')
    const second = inB('1:2')
    const share = (all: boolean[]) => all.filter(Boolean).length / all.length
    expect(share(first)).toBeCloseTo(0.3, 1)
    // Independent: of those in B once, as many are in B again.
    expect(share(second.filter((_, i) => first[i]))).toBeCloseTo(0.3, 1)
  })
})

describe('the comparison', () => {
  it('agrees with a table: 15 of 100 against 30 of 100', () => {
    const { z, p } = compareRates({ ended: 100, failed: 15 }, { ended: 100, failed: 30 }) ?? { z: 0, p: 0 }
    expect(z).toBeCloseTo(2.54, 2)
    expect(p).toBeCloseTo(0.0111, 3)
  })

  it('says nothing where the normal distribution does not hold', () => {
    expect(compareRates({ ended: 100, failed: 1 }, { ended: 100, failed: 3 })).toBeNull()
    expect(compareRates({ ended: 0, failed: 0 }, { ended: 100, failed: 30 })).toBeNull()
  })

  it('claims nothing before both have the planned size, however clear it looks', () => {
    const clear = [
      { ended: 900, failed: 9 },
      { ended: 1_000, failed: 300 },
    ] as const
    expect(findingOf(...clear, 1_000)).toEqual({ finding: 'collecting', p: null })
    expect(findingOf(...clear, 900)).toMatchObject({ finding: 'a_fails_less' })
    expect(findingOf({ ended: 1_000, failed: 50 }, { ended: 1_000, failed: 52 }, 900).finding).toBe('no_difference')
    expect(findingOf({ ended: 1_000, failed: 0 }, { ended: 1_000, failed: 1 }, 900).finding).toBe('too_few_failures')
  })

  it('stops the arm that clearly fails more often, and neither on a small sample or difference', () => {
    expect(failingArm({ ended: 200, failed: 10 }, { ended: 200, failed: 60 })).toBe('b')
    expect(failingArm({ ended: 200, failed: 60 }, { ended: 200, failed: 10 })).toBe('a')
    expect(failingArm({ ended: 50, failed: 0 }, { ended: 50, failed: 50 })).toBeNull()
    expect(failingArm({ ended: 1e6, failed: 10_000 }, { ended: 1e6, failed: 11_000 })).toBeNull()
  })

  it('seldom stops two arms that fail alike, though it looks after every ten messages', () => {
    let state = 7
    const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
    let stopped = 0
    for (let run = 0; run < 300; run++) {
      const a = { ended: 0, failed: 0 }
      const b = { ended: 0, failed: 0 }
      for (let look = 0; look < 500; look++) {
        for (const arm of [a, b]) {
          arm.ended += 10
          for (let i = 0; i < 10; i++) if (random() < 0.1) arm.failed += 1
        }
        if (failingArm(a, b)) {
          stopped += 1
          break
        }
      }
    }
    expect(stopped).toBeLessThanOrEqual(3)
  })
})
