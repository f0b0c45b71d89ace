/** Runs faults one after the other and says what became of each. */
import type { Fault, FaultResult, Size } from './fault.ts'
import { addTallies, NO_TALLY, type Tally } from './rig/judge.ts'

export interface Outcome {
  fault: Fault
  seconds: number
  skipped: string | null
  result: FaultResult
}

export async function runFaults(
  faults: readonly Fault[],
  options: { seed: number; size: Size; say: (line: string) => void },
): Promise<Outcome[]> {
  const { seed, size, say } = options
  const outcomes: Outcome[] = []
  for (const fault of faults) {
    say(`${fault.name} ${fault.title}`)
    const begun = performance.now()
    const skipped = fault.missing?.() ?? null
    const result = skipped
      ? { tally: NO_TALLY, violations: [], notes: [] }
      : await fault.run({ seed, size, say: (line) => say(`  ${line}`) }).catch(broken)
    const outcome = { fault, seconds: (performance.now() - begun) / 1000, skipped, result }
    outcomes.push(outcome)
    for (const line of describe(outcome)) say(`  ${line}`)
  }
  return outcomes
}

function broken(error: unknown): FaultResult {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { tally: NO_TALLY, violations: [message], notes: [] }
}

function describe({ seconds, skipped, result }: Outcome): string[] {
  if (skipped) return [`skipped: ${skipped}`]
  const verdict = result.violations.length === 0 ? 'held' : 'BROKEN'
  return [
    ...result.notes,
    tallyLine(result.tally),
    ...result.violations.map((violation) => `! ${violation}`),
    `${verdict} in ${seconds.toFixed(1)} s`,
  ]
}

export function tallyLine(tally: Tally): string {
  return Object.entries(tally)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ')
}

export function total(outcomes: readonly Outcome[]): Tally {
  return outcomes.map(({ result }) => result.tally).reduce(addTallies, NO_TALLY)
}
