import { expect, it, vi } from 'vitest'
import { ManualClock } from '../test/support/manual-clock.ts'
import { createDuties } from './duties.ts'

/** Lets what is already settled run on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

it('a duty comes round every so often', async () => {
  const clock = new ManualClock()
  const duties = createDuties(clock, () => undefined)
  const duty = vi.fn<() => void>()
  duties.every(100, 'sweep', duty)
  for (let round = 1; round <= 3; round++) {
    clock.advance(100)
    await settled()
    expect(duty).toHaveBeenCalledTimes(round)
  }
})

it('a duty never overlaps itself: its next turn counts from the end of the last', async () => {
  const clock = new ManualClock()
  const duties = createDuties(clock, () => undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  const duty = vi.fn<() => Promise<void>>(() => promise)
  duties.every(100, 'sweep', duty)
  clock.advance(1_000)
  await settled()
  expect(duty).toHaveBeenCalledTimes(1)
  resolve()
  await settled()
  clock.advance(100)
  expect(duty).toHaveBeenCalledTimes(2)
})

it('a duty that fails is reported by name and comes round again, and the others go on', async () => {
  const clock = new ManualClock()
  const reports: [string, unknown][] = []
  const duties = createDuties(clock, (where, error) => reports.push([where, error]))
  const steady = vi.fn<() => void>()
  const failure = new Error('no')
  duties.every(100, 'rejects', () => Promise.reject(failure))
  duties.every(100, 'throws', () => {
    throw failure
  })
  duties.every(100, 'steady', steady)
  for (let round = 0; round < 2; round++) {
    clock.advance(100)
    await settled()
  }
  expect(steady).toHaveBeenCalledTimes(2)
  expect(reports.filter(([where]) => where === 'rejects')).toEqual([
    ['rejects', failure],
    ['rejects', failure],
  ])
  expect(reports.filter(([where]) => where === 'throws')).toHaveLength(2)
})

it('stopping leaves no timer behind, also when a duty is just running', async () => {
  const clock = new ManualClock()
  const duties = createDuties(clock, () => undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  duties.every(100, 'running', () => promise)
  duties.every(500, 'waiting', () => undefined)
  clock.advance(100)
  duties.stop()
  resolve()
  await settled()
  expect(clock.pending).toBe(0)
})
