/** F2: the server dies at one named place, every time. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { within } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'
import { CRASH_POINTS } from '../system/crash.ts'

const ROUNDS: Record<Size, number> = { test: 1, short: 2, full: 20 }
/** The point is passed up to so many times before the one that kills. */
const MOST_PASSES = 40
const REACHED_WITHIN_MS = 20_000

export const crashPoints: Fault = {
  name: 'F2',
  title: `death at each of ${CRASH_POINTS.length} named points`,
  run({ seed, size, say }) {
    const random = seededRandom(seed)
    return withRig({ seed, server: { receipts: true } }, async (rig) => {
      await rig.start()
      const client = await rig.client()
      const notReached: string[] = []
      let kills = 0
      for (let round = 0; round < ROUNDS[size]; round++) {
        for (const point of CRASH_POINTS) {
          await rig.stop()
          const server = rig.launch({ crash: { point, passes: Math.floor(random() * MOST_PASSES) } })
          const exit = await within(REACHED_WITHIN_MS, server.exit)
          if (exit?.signal === 'SIGKILL') kills += 1
          else notReached.push(`expected the server to die ${point}, got ${exit ? exit.code : 'it lives'}`)
          await rig.start()
        }
        if (round % 5 === 4) say(`${kills} deaths`)
      }
      await client.stop()
      const { tally, violations } = await rig.verdict({ kills })
      return {
        tally,
        violations: [...notReached, ...violations],
        notes: [`${kills} deaths: ${CRASH_POINTS.join('; ')}`],
      }
    })
  },
}
