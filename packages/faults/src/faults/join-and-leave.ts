/** F11 over nodes: they are asked to end and started again, and more come, under load. Nothing is lost, not even an unknown is left. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { clusterMissing, withCluster } from '../rig/cluster.ts'
import { pause } from '../rig/wait.ts'
import { APART } from './nodes.ts'

const CYCLES: Record<Size, number> = { test: 2, short: 6, full: 50 }
/** One more that sends comes with every so many cycles, up to so many. */
const JOINS = { every: 5, most: 4 }
const LIVES_MS = { min: 100, max: 900 }
const EXIT_WITHIN_MS = 30_000

export const joinAndLeave: Fault = {
  name: 'F11-nodes',
  title: 'SIGTERM of nodes under load; nodes join and leave',
  missing: () => clusterMissing('distributed'),
  run({ seed, size }) {
    const random = seededRandom(seed)
    return withCluster({ seed, ...APART, provider: { latencyMs: { min: 20, max: 300 } } }, async (cluster) => {
      const broken: string[] = []
      await cluster.start()
      const client = await cluster.client({ pauseMs: 50 })
      let slowest = 0
      let joined = 0
      for (let cycle = 0; cycle < CYCLES[size]; cycle++) {
        await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
        if (cycle % JOINS.every === 0 && joined < JOINS.most) {
          joined += 1
          await (await cluster.add('worker')).start()
        }
        const node = cluster.nodes[Math.floor(random() * cluster.nodes.length)]
        if (!node) continue
        const begun = performance.now()
        const { code, signal } = await node.stop()
        slowest = Math.max(slowest, performance.now() - begun)
        if (code !== 0) broken.push(`expected ${node.name} to end with 0 after SIGTERM, got ${code ?? signal}`)
        await node.start()
      }
      await client.stop()
      const { tally, violations } = await cluster.verdict({ kills: 0 })
      if (slowest > EXIT_WITHIN_MS) broken.push(`expected nodes to end within ${EXIT_WITHIN_MS} ms, got ${slowest}`)
      const notes = [
        `${CYCLES[size]} nodes left and came back, ${joined} joined; ended in at most ${Math.round(slowest)} ms`,
      ]
      return { tally, violations: [...broken, ...violations], notes }
    })
  },
}
