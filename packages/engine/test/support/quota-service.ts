/** A service with a quota, and what must hold of it when its process was killed. */
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Engine } from '../../src/index.ts'
import type { NewService } from '../../src/services/services.ts'

/** A service with a quota of which no day ends while a test runs. */
export const serviceWithQuota = (dailyQuota: number): NewService => ({
  ...{ name: 'sms', channel: 'sms', adapter: 'test.provider', settings: {}, priority: 10, enabled: true, dailyQuota },
  ...{ quotaTimeZone: 'UTC', quotaResetAt: `${String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')}:00` },
})

/** What children said to their provider, a line for each: the file that `quota-child.ts` writes. */
export const callsIn = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : []

/** Never overrun, nothing sent twice, and used up to the last place. */
export async function expectUsedUp(engine: Engine, calls: readonly string[], quota: number): Promise<void> {
  const { byState } = await engine.stats.conservation({ deep: true })
  const taken = calls.filter((call) => call.startsWith('taken'))
  // What was claimed when its process was killed may have been sent: it keeps its place, whether the provider was asked or not.
  expect(byState.sent + byState.unknown).toBe(quota)
  expect(taken.length).toBeLessThanOrEqual(quota)
  expect(taken.length).toBeGreaterThanOrEqual(byState.sent)
  expect(new Set(calls).size).toBe(calls.length)
}
