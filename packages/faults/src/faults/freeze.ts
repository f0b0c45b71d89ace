/** F3: the process is stopped for three leases and goes on as if nothing had been. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { addTallies } from '../rig/judge.ts'
import { modeOf } from '../rig/mode.ts'
import { pause } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'
import { staleFences } from '../system/stale-fences.ts'

const STOPS: Record<Size, number> = { test: 1, short: 3, full: 100 }
const LEASE_MS = 1_000
const LEASES = 3
/** Less than half a lease, as the settings demand. */
const TIMEOUT_MS = 450
const LATE_MS = 700
/** No more than what 32 slots can send when a third of the answers are late. */
const PAUSE_MS = 150
const LIVES_MS = { min: 200, max: 800 }
const STALE_FENCES = 100

export const freeze: Fault = {
  name: 'F3',
  title: 'SIGSTOP for three leases, then SIGCONT; results under stale fences',
  async run({ seed, size, say }) {
    const random = seededRandom(seed)
    const system = { 'delivery.provider_timeout_ms': String(TIMEOUT_MS), 'delivery.lease_ms': String(LEASE_MS) }
    const rigOptions = { seed, server: { system }, provider: { latencyMs: { min: 10, max: 100 }, lateMs: LATE_MS } }
    const stopped = await withRig(rigOptions, async (rig) => {
      await rig.start()
      const client = await rig.client({ modes: ['ok', 'ok', 'late'], pauseMs: PAUSE_MS })
      for (let stop = 0; stop < STOPS[size]; stop++) {
        await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
        rig.server.kill('SIGSTOP')
        await pause(LEASE_MS * LEASES)
        rig.server.kill('SIGCONT')
        if (stop % 20 === 19) say(`${stop + 1} stops`)
      }
      await client.stop()
      // Nobody died: every answer comes, late as it is, and must resolve what was given up.
      await rig.settled(0)
      const { tally, violations } = await rig.verdict({ kills: 0 })
      const late = rig.providerLines().filter(({ token }) => modeOf(token) === 'late').length
      return { tally, violations, notes: [`${STOPS[size]} stops, ${late} late results resolved their unknown`] }
    })
    const fences = await staleFences(STALE_FENCES)
    return {
      tally: addTallies(stopped.tally, fences.tally),
      violations: [...stopped.violations, ...fences.violations],
      notes: [...stopped.notes, ...fences.notes],
    }
  },
}
