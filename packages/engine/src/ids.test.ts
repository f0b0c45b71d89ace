import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ManualClock } from '../test/support/manual-clock.ts'
import { createIds, firstIdAt, ID_EPOCH_MS, parseRecordId, timeOfId, traceIdOf } from './ids.ts'

const PER_MS = 128
const recordId = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

describe('record ids', () => {
  it('only grow, whatever the clock does and however many are taken within a millisecond', () => {
    const move = fc.record({
      stepMs: fc.integer({ min: -100_000, max: 1_000 }),
      take: fc.integer({ min: 1, max: 300 }),
    })
    fc.assert(
      fc.property(fc.array(move, { maxLength: 20 }), (moves) => {
        const clock = new ManualClock()
        const next = createIds(clock, 3)
        let last = 0
        for (const { stepMs, take } of moves) {
          clock.step(stepMs)
          for (let i = 0; i < take; i++) {
            const id = next()
            expect(id).toBeGreaterThan(last)
            last = id
          }
        }
      }),
    )
  })

  it('hold the time they were made at, and sort behind the first id of that time', () => {
    const clock = new ManualClock()
    const id = createIds(clock, 31)()
    expect(timeOfId(id)).toBe(clock.now())
    expect(id).toBeGreaterThanOrEqual(firstIdAt(clock.now()))
    expect(id).toBeLessThan(firstIdAt(clock.now() + 1))
  })

  it('run ahead of the clock when more than 128 are taken within a millisecond, and no further than they must', () => {
    const clock = new ManualClock()
    const next = createIds(clock, 0)
    const ids = Array.from({ length: PER_MS + 1 }, next)
    expect(ids.map(timeOfId)).toEqual([...Array.from({ length: PER_MS }, () => clock.now()), clock.now() + 1])
    clock.step(2)
    expect(timeOfId(next())).toBe(clock.now())
  })

  it('go on above the largest one given out before, also when the clock was put back in between', () => {
    const clock = new ManualClock()
    const before = createIds(clock, 5)()
    clock.step(-3_600_000)
    expect(createIds(clock, 5, before)()).toBeGreaterThan(before)
  })

  it('never meet those of another node', () => {
    const clock = new ManualClock()
    const [one, other] = [createIds(clock, 0), createIds(clock, 1)]
    const ids = Array.from({ length: 1_000 }, () => [one(), other()]).flat()
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('stay JSON-safe integers until the year 2093', () => {
    const clock = new ManualClock(Date.UTC(2093, 0, 1))
    expect(Number.isSafeInteger(createIds(clock, 31)())).toBe(true)
  })

  it.each([-1, 32, 1.5, Number.NaN])('refuse %d as a node', (node) => {
    expect(() => createIds(new ManualClock(), node)).toThrow('expected node to be an integer from 0 to 31')
  })

  it('have no time before the first of 2024', () => {
    expect(firstIdAt(ID_EPOCH_MS - 1)).toBe(0)
  })
})

describe('trace ids', () => {
  it('give back their record id, and sort as it does', () => {
    fc.assert(
      fc.property(recordId, recordId, (a, b) => {
        expect(parseRecordId(traceIdOf(a))).toBe(a)
        expect(parseRecordId(String(a))).toBe(a)
        expect(traceIdOf(a) < traceIdOf(b)).toBe(a < b)
      }),
    )
  })

  it('are read in lower case and with the letters that people mistake for digits', () => {
    expect(parseRecordId('MSG_0000000000z')).toBe(31)
    expect(parseRecordId('msg_OOOOOOOOOIL')).toBe(33)
  })

  it('are never read out of anything else', () => {
    const garbage = fc.oneof(
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom(...'msg_0Z9U- .') }).map((tail) => `msg_${tail}`),
    )
    fc.assert(
      fc.property(garbage, (text) => {
        const id = parseRecordId(text)
        if (id === null) return
        expect(Number.isSafeInteger(id)).toBe(true)
        expect(text).toMatch(/^([1-9][0-9]{0,15}|msg_[0-9a-z]{11})$/i)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([
    '',
    '0',
    '-1',
    '1.5',
    '1e3',
    '9007199254740993',
    'msg_',
    'msg_00000000000',
    'msg_ZZZZZZZZZZZ',
    'msg_0000000000U',
    ' 1',
    '1\n',
  ])('are not read out of %j', (text) => {
    expect(parseRecordId(text)).toBeNull()
  })
})
