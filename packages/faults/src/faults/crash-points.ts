/** F2: the server dies at one named place, every time. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import type { Exit } from '../rig/child.ts'
import { until, within } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'
import { CRASH_POINTS } from '../system/crash.ts'
import { straceMissing } from '../system/strace.ts'
import { dieInCheckpoint } from './checkpoint.ts'

const CHECKPOINT = 'in a checkpoint'
const ROUNDS: Record<Size, number> = { test: 1, short: 2, full: 20 }
/** The point is passed up to so many times before the one that kills. */
const MOST_PASSES = 40
/** While nothing is sent, what is taken has to be sent later. */
const PAUSE_MS = 10
const FEW_WAITING = 200
const DRAINED_MS = 60_000
const REACHED_WITHIN_MS = 20_000

export const crashPoints: Fault = {
  name: 'F2',
  title: `death at each of ${CRASH_POINTS.length + 1} named points`,
  run({ seed, size, say }) {
    const random = seededRandom(seed)
    return withRig({ seed, server: { receipts: true } }, async (rig) => {
      await rig.start()
      const client = await rig.client({ pauseMs: PAUSE_MS })
      const notReached: string[] = []
      const traced = straceMissing()
      let kills = 0
      async function died(where: string, end: Exit | null): Promise<void> {
        if (end?.signal === 'SIGKILL') kills += 1
        else notReached.push(`expected the server to die ${where}, got ${end ? end.code : 'it lives'}`)
        if (!end) rig.server.kill('SIGKILL')
        await rig.server.exit
        await rig.start()
      }
      for (let round = 0; round < ROUNDS[size]; round++) {
        for (const point of CRASH_POINTS) {
          const waits = point.endsWith('write-down')
          // Behind a backlog in the store nothing waits in memory alone.
          if (waits)
            await until('the backlog to be sent', DRAINED_MS, async () => (await rig.api.waiting()) < FEW_WAITING)
          await rig.stop()
          const passes = waits ? 0 : Math.floor(random() * MOST_PASSES)
          // Only what waits for a while in memory alone is written down.
          const server = rig.launch({ crash: { point, passes }, sending: !waits })
          await died(point, await within(REACHED_WITHIN_MS, server.exit))
        }
        if (!traced) {
          await rig.stop()
          await died(CHECKPOINT, await dieInCheckpoint(rig, random))
        }
        if (round % 5 === 4) say(`${kills} deaths`)
      }
      await client.stop()
      const { tally, violations } = await rig.verdict({ kills })
      return {
        tally,
        violations: [...notReached, ...violations],
        notes: [
          `${kills} deaths: ${[...CRASH_POINTS, traced ? `not ${CHECKPOINT} (${traced})` : CHECKPOINT].join('; ')}`,
        ],
      }
    })
  },
}
