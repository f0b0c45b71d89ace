/** The test command: every step, then one plain last line. */
import { elapsed } from './run.ts'
import { STEPS } from './steps.ts'
import { add, isBroken, lastLine, NOTHING, ONE_FAILED, type Tally } from './tally.ts'

const startedAt = performance.now()
const results: { name: string; tally: Tally }[] = []

for (const step of STEPS) {
  console.log(`\n=== ${step.name} ===`)
  const stepStartedAt = performance.now()
  const tally = await step.run().catch((error: unknown) => {
    console.log(error instanceof Error ? error.message : String(error))
    return ONE_FAILED
  })
  results.push({ name: step.name, tally })
  console.log(`--- ${lastLine(tally)} in ${elapsed(stepStartedAt)}`)
}

const total = results.map((result) => result.tally).reduce(add, NOTHING)
const failed = results.filter((result) => isBroken(result.tally, Boolean(process.env['CI'])))

console.log(`\nAll steps took ${elapsed(startedAt)}`)
if (failed.length > 0) console.log(`Failed: ${failed.map((result) => result.name).join(', ')}`)
console.log(lastLine(total))
process.exitCode = failed.length > 0 ? 1 : 0
