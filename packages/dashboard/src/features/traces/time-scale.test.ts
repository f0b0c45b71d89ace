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

  it('cuts a wait of an hour so that the work after it takes half the width', () => {
    const scale = createTimeScale([wait(0, 3_600_000), work(3_600_000, 3_600_850)])
    expect(scale.breaks).toEqual([{ from: 0, to: 50, durationMs: 3_600_000 }])
    expect(scale.at(3_600_425)).toBe(75)
  })

  it('never cuts work, however long it takes', () => {
    expect(createTimeScale([work(0, 10), work(10, 600_000)]).breaks).toEqual([])
  })

  it('cuts nothing while there is only waiting', () => {
    expect(createTimeScale([wait(0, 3_600_000)]).breaks).toEqual([])
  })

  it('cuts a gap in which no span runs', () => {
    expect(createTimeScale([work(0, 100), work(5100, 5200)]).breaks).toEqual([{ from: 25, to: 75, durationMs: 5000 }])
  })

  it('leaves the asked room free on the right', () => {
    expect(createTimeScale([work(0, 100)], 80).at(100)).toBe(80)
  })

  it('sets round ticks', () => {
    expect(createTimeScale([work(0, 870)]).ticks.map((tick) => tick.offsetMs)).toEqual([0, 200, 400, 600, 800])
  })

  it('counts ticks anew behind a break and sets none inside it', () => {
    expect(createTimeScale([wait(0, 60_000), work(60_000, 61_000)]).ticks).toEqual([
      { at: 0, offsetMs: 0, afterBreak: false },
      { at: 75, offsetMs: 500, afterBreak: true },
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
