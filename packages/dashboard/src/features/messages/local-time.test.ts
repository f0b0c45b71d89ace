import { expect, it } from 'vitest'
import { instantOf, localOf } from './local-time.ts'

it('a time that is typed is one of the zone of the screen, also beside a change of the clocks', () => {
  expect(instantOf('2026-01-15T08:00', 'Asia/Shanghai')).toBe('2026-01-15T00:00:00.000Z')
  expect(instantOf('2026-03-29T03:30', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
  expect(instantOf('2026-03-29T01:30', 'Europe/Berlin')).toBe('2026-03-29T00:30:00.000Z')
  expect(localOf('2026-01-15T00:00:00.000Z', 'Asia/Shanghai')).toBe('2026-01-15T08:00')
  expect([instantOf('', 'UTC'), instantOf('soon', 'UTC'), localOf(undefined, 'UTC')]).toEqual([null, null, ''])
})
