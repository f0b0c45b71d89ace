import { expect, it } from 'vitest'
import { createTurns } from './turns.ts'

const turn = () => new Promise((resolve) => setImmediate(resolve))

it('answers a few at once, in their order', async () => {
  const told: number[] = []
  const turns = createTurns()
  turns.add([1, 2, 3].map((n) => () => told.push(n)))
  expect(told).toEqual([1, 2, 3])
  await turns.done()
})

it('answers many in turns, and whoever comes meanwhile after them', async () => {
  const told: number[] = []
  const turns = createTurns()
  turns.add(Array.from({ length: 70 }, (_, n) => () => told.push(n)))
  expect(told).toHaveLength(32)
  turns.add([() => told.push(70)])
  expect(told).toHaveLength(32)
  await turn()
  expect(told).toHaveLength(64)
  await turns.done()
  expect(told).toEqual(Array.from({ length: 71 }, (_, n) => n))
})

it('answers whoever comes while it is empty again at once', async () => {
  const told: number[] = []
  const turns = createTurns()
  turns.add(Array.from({ length: 40 }, (_, n) => () => told.push(n)))
  await turns.done()
  turns.add([() => told.push(40)])
  expect(told.at(-1)).toBe(40)
})
