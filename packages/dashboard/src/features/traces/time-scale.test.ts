import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTimeScale, type Span } from './time-scale.ts'

const wait = (start: number, end: number): Span => ({ start, end, work: false })
const work = (start: number, end: number): Span => ({ start, end, work: true })

describe('createTimeScale', () => {
  it('is linear while no wait dwarfs the work', () => {
    const scale = createTimeScale([wait(1000, 1400), work(1400, 2000)])
    expect(scale.breaks).toEqual([])
    expect([1000, 1400, 1500, 2000].map(scale.at)).toEqual([0, 40, 50, 100])
  })

  it('cuts a wait of an hour so that the work after it takes a third of the width', () => {
    const scale = createTimeScale([wait(0, 3_600_000), work(3_600_000, 3_600_900)])
    expect(scale.breaks).toEqual([{ from: 0, to: expect.closeTo(66.67), durationMs: 3_600_000 }])
    expect(scale.at(3_600_450)).toBeCloseTo(83.33)
  })

  it('never cuts work, however long it takes', () => {
    expect(createTimeScale([work(0, 10), work(10, 600_000)]).breaks).toEqual([])
  })

  it('cuts nothing while there is only waiting', () => {
    expect(createTimeScale([wait(0, 3_600_000)]).breaks).toEqual([])
  })

  it('cuts a gap in which no span runs', () => {
    expect(createTimeScale([work(0, 100), work(5100, 5200)]).breaks).toMatchObject([{ durationMs: 5000 }])
  })

  it('leaves the asked room free on the right', () => {
    expect(createTimeScale([work(0, 100)], 80).at(100)).toBe(80)
  })

  it('sets round ticks', () => {
    const offsets = (ms: number) => createTimeScale([work(0, ms)]).ticks.map((tick) => tick.offsetMs)
    expect(offsets(800)).toEqual([0, 200, 400, 600, 800])
    expect(offsets(286_000)).toEqual([0, 1, 2, 3, 4].map((minutes) => minutes * 60_000))
    expect(offsets(10 * 86_400_000)).toEqual([0, 2, 4, 6, 8, 10].map((days) => days * 86_400_000))
  })

  it('counts ticks anew behind a break and sets none inside it', () => {
    expect(createTimeScale([wait(0, 60_000), work(60_000, 61_000)]).ticks).toEqual([
      { at: 0, offsetMs: 0, afterBreak: false },
      { at: 100, offsetMs: 1000, afterBreak: true },
    ])
  })

  it('stands with spans of no length', () => {
    const scale = createTimeScale([wait(5, 5)])
    expect([scale.at(5), scale.start, scale.end]).toEqual([0, 5, 5])
  })

  it('keeps order and bounds for any spans', () => {
    const span = fc.tuple(fc.nat(1e9), fc.nat(1e6), fc.boolean()).map(([start, length, isWork]) => ({
      start,
      end: start + length,
      work: isWork,
    }))
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 12 }), fc.array(fc.nat(2e9)), (spans, times) => {
        const scale = createTimeScale(spans)
        const places = times.sort((a, b) => a - b).map(scale.at)
        for (const [i, place] of places.entries()) {
          expect(place).toBeGreaterThanOrEqual(places[i - 1] ?? 0)
          expect(place).toBeLessThanOrEqual(100.000001)
        }
      }),
    )
  })
})
