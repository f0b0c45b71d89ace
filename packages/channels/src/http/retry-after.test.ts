import fc from 'fast-check'
import { expect, test } from 'vitest'
import { retryAfterMs } from './retry-after.ts'

const NOW = Date.UTC(2026, 0, 15, 8)

test('reads whole seconds to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 999_999_999 }), (seconds) => {
      expect(retryAfterMs(String(seconds), NOW)).toBe(seconds * 1000)
    }),
  )
})

test('reads a date to the second, and one that has passed as now', () => {
  fc.assert(
    fc.property(fc.integer({ min: -100_000, max: 1_000_000 }), (seconds) => {
      const date = new Date(NOW + seconds * 1000).toUTCString()
      expect(retryAfterMs(date, NOW)).toBe(Math.max(0, seconds * 1000))
    }),
  )
})

test.each([
  undefined,
  '',
  '-1',
  '1.5',
  '1e3',
  '0x10',
  'soon',
  '2026-01-15T08:00:00Z',
  '12345678901',
  'Thu, 99 Jan 2026 08:00:00 GMT',
])('guesses nothing from %j', (header) => {
  expect(retryAfterMs(header, NOW)).toBeUndefined()
})

test('never gives a negative wait', () => {
  fc.assert(
    fc.property(fc.string(), (header) => {
      expect(retryAfterMs(header, NOW) ?? 0).toBeGreaterThanOrEqual(0)
    }),
  )
})
