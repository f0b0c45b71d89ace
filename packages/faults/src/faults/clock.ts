/** F7: the wall clock put forward and back by an hour and by more than a day, and stopped. */
import fc from 'fast-check'
import { play } from '../clock/play.ts'
import { sequences } from '../clock/sequence.ts'
import type { Fault, Size } from '../fault.ts'
import { addTallies, NO_TALLY } from '../rig/judge.ts'

const SEQUENCES: Record<Size, number> = { test: 15, short: 40, full: 200 }

export const clock: Fault = {
  name: 'F7',
  title: 'the clock put by ± 1 h and ± 25 h, and frozen',
  async run({ seed, size }) {
    let tally = NO_TALLY
    const property = fc.asyncProperty(sequences, async (steps) => {
      const played = await play(steps)
      tally = addTallies(tally, played.tally)
      if (played.problems.length > 0) throw new Error(played.problems.join('; '))
    })
    const details = await fc.check(property, { numRuns: SEQUENCES[size], seed })
    const violations = details.failed ? [fc.defaultReportMessage(details) ?? 'a sequence failed'] : []
    return { tally, violations, notes: [`${details.numRuns} sequences`] }
  },
}
