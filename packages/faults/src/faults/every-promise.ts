import { describe, expect, it } from 'vitest'
import type { Fault } from '../fault.ts'

/** One seed for all: a test that fails is repeated as it was. `pnpm faults` takes another each time. */
const SEED = 20_240_101
/** Some have many lives, each with its start: a minute alone, several beside other tests. */
const LONGEST_MS = 600_000

export function everyPromiseIsKept(faults: readonly Fault[]): void {
  describe('every promise is kept', () => {
    for (const fault of faults) {
      const missing = fault.missing?.() ?? null
      // Under CI what is missing is a failure, not a reason to skip.
      const skipped = missing !== null && !process.env['CI']
      it.skipIf(skipped)(`${fault.name} ${fault.title}`, { timeout: LONGEST_MS }, async () => {
        expect(missing).toBeNull()
        const { violations } = await fault.run({ seed: SEED, size: 'test', say: () => undefined })
        expect(violations).toEqual([])
      })
    }
  })
}
