/** Loaded into the models' tests: every property runs at least so often, from the given seed, and says so in a file. */
import type fc from 'fast-check'
import { appendFileSync } from 'node:fs'
import { vi } from 'vitest'

interface FastCheck {
  assert(property: fc.IRawProperty<unknown>, parameters?: fc.Parameters<unknown>): unknown
}

vi.mock('fast-check', async (original) => {
  const actual = await original<FastCheck & { default: FastCheck }>()
  const { MODEL_RUNS = '0', MODEL_SEED = '0', MODEL_COUNTS = '' } = process.env
  const assert: FastCheck['assert'] = (property, parameters = {}) => {
    const numRuns = Math.max(Number(MODEL_RUNS), parameters.numRuns ?? 100)
    appendFileSync(MODEL_COUNTS, `${numRuns}\n`)
    return actual.assert(property, { ...parameters, numRuns, seed: Number(MODEL_SEED) })
  }
  return { ...actual, assert, default: { ...actual.default, assert } }
})
