import { expect, it } from 'vitest'
import { freshnessOf } from './freshness.ts'

it('dims after 3 missed ticks and goes after 10, whatever a tick is', () => {
  expect([0, 2999, 3000, 9999, 10_000].map((age) => freshnessOf(age, 1000))).toEqual([
    'fresh',
    'fresh',
    'late',
    'late',
    'lost',
  ])
  expect(freshnessOf(10_000, 5000)).toBe('fresh')
})
