/** F1: kill -9 under load, at any moment, also while it starts. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { addTallies } from '../rig/judge.ts'
import { pause } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'

/** Under each of the two policies. */
const CYCLES: Record<Size, number> = { test: 25, short: 25, full: 250 }
/** How long it lives once it is ready: short where somebody waits for fifty lives. */
const LIVES_MS: Record<Size, { min: number; max: number }> = {
  test: { min: 10, max: 200 },
  short: { min: 10, max: 400 },
  full: { min: 50, max: 900 },
}
const READY_WITHIN_MS = 5_000
/** Share of kills that hit a server that is not ready yet. */
const KILLED_STARTING = 0.2
const STARTS_MS = 400

export const kill: Fault = {
  name: 'F1',
  title: 'kill -9 under load, under hold and under retry',
  async run(run) {
    const hold = await cycles(run, 'hold')
    const retry = await cycles(run, 'retry')
    return {
      tally: addTallies(hold.tally, retry.tally),
      violations: [...hold.violations, ...retry.violations],
      notes: [...hold.notes, ...retry.notes],
    }
  },
}

function cycles({ seed, size, say }: FaultRun, policy: 'hold' | 'retry'): Promise<FaultResult> {
  const random = seededRandom(seed)
  const { min, max } = LIVES_MS[size]
  return withRig({ seed, policy }, async (rig) => {
    await rig.start()
    const client = await rig.client()
    let slowest = 0
    let kills = 0
    const die = async () => {
      rig.server.kill('SIGKILL')
      await rig.server.exit
      kills += 1
    }
    for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
      await pause(min + random() * (max - min))
      await die()
      if (random() < KILLED_STARTING) {
        rig.launch()
        await pause(random() * STARTS_MS)
        await die()
      }
      slowest = Math.max(slowest, await rig.start())
      if (kills % 50 === 0) say(`${kills} kills under ${policy}`)
    }
    await client.stop()
    const { tally, violations } = await rig.verdict({ kills })
    // Beside other tests a start takes as long as they let it.
    if (size !== 'test' && slowest > READY_WITHIN_MS) {
      violations.push(`expected it to be ready within ${READY_WITHIN_MS} ms, got ${Math.round(slowest)}`)
    }
    const doubled = policy === 'retry' ? `, ${tally.duplicated} sent twice` : ''
    return {
      tally,
      violations,
      notes: [`${kills} kills under ${policy}, ready in at most ${Math.round(slowest)} ms${doubled}`],
    }
  })
}
