/** F11: SIGTERM under load. What is under way finishes, so not even an unknown is left. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { pause } from '../rig/wait.ts'
import { withRig } from '../rig/with-rig.ts'

const CYCLES: Record<Size, number> = { test: 1, short: 5, full: 50 }
const LIVES_MS = { min: 100, max: 900 }
const EXIT_WITHIN_MS = 30_000

export const terminate: Fault = {
  name: 'F11',
  title: 'SIGTERM under load',
  run({ seed, size }) {
    const random = seededRandom(seed)
    return withRig({ seed, provider: { latencyMs: { min: 20, max: 300 } } }, async (rig) => {
      const broken: string[] = []
      await rig.start()
      const client = await rig.client({ pauseMs: 50 })
      let slowest = 0
      for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
        await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
        const begun = performance.now()
        const { code, signal } = await rig.stop()
        slowest = Math.max(slowest, performance.now() - begun)
        if (code !== 0) broken.push(`expected the server to end with 0 after SIGTERM, got ${code ?? signal}`)
        await rig.start()
      }
      await client.stop()
      const { tally, violations } = await rig.verdict({ kills: 0 })
      if (slowest > EXIT_WITHIN_MS) broken.push(`expected it to end within ${EXIT_WITHIN_MS} ms, got ${slowest}`)
      const notes = [`${CYCLES[size]} times, ended in at most ${Math.round(slowest)} ms`]
      return { tally, violations: [...broken, ...violations], notes }
    })
  },
}
