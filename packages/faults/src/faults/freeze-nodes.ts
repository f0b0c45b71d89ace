/** F3 over nodes: one that sends is stopped until the others have ended it, and goes on as if nothing had been. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { clusterMissing, withCluster } from '../rig/cluster.ts'
import { pause } from '../rig/wait.ts'
import { APART } from './nodes.ts'

const STOPS: Record<Size, number> = { test: 1, short: 2, full: 20 }
/** Others end a node that has been silent for 10 s. */
const LEASE_MS = 10_000
const STOPPED_MS: Record<Size, number> = { test: 1.5 * LEASE_MS, short: 3 * LEASE_MS, full: 3 * LEASE_MS }
const LIVES_MS = { min: 500, max: 2_000 }

export const freezeNodes: Fault = {
  name: 'F3-nodes',
  title: 'SIGSTOP of a node that sends for three leases, then SIGCONT',
  missing: () => clusterMissing('distributed'),
  run({ seed, size }) {
    const random = seededRandom(seed)
    const provider = { latencyMs: { min: 20, max: 200 } }
    return withCluster({ seed, ...APART, provider }, async (cluster) => {
      await cluster.start()
      const client = await cluster.client({ pauseMs: 30 })
      const workers = cluster.nodes.filter(({ role }) => role === 'worker')
      const broken: string[] = []
      let ended = 0
      for (let stop = 0; stop < STOPS[size]; stop++) {
        await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
        const node = workers[Math.floor(random() * workers.length)]
        const before = cluster.sent()
        node?.process.kill('SIGSTOP')
        await pause(STOPPED_MS[size])
        if (cluster.sent() === before) broken.push('expected the others to go on sending, got nothing sent')
        node?.process.kill('SIGCONT')
        ended += await cluster.revive()
      }
      await client.stop()
      const { tally, violations } = await cluster.verdict({ kills: STOPS[size] })
      const notes = [`${STOPS[size]} stops, ${ended} nodes found themselves ended and were started again`]
      return { tally, violations: [...broken, ...violations], notes }
    })
  },
}
