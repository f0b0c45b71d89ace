/** F9: PostgreSQL is killed under load and started again. The node stays, and nothing is lost or doubled. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, Size } from '../fault.ts'
import { clusterMissing, withCluster } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'

const KILLS: Record<Size, number> = { test: 2, short: 5, full: 20 }
const LIVES_MS = { min: 200, max: 1_500 }
const AWAY_MS = { min: 0, max: 3_000 }
const READY_WITHIN_MS = 30_000

export const postgresKill: Fault = {
  name: 'F9-postgres',
  title: 'kill -9 of PostgreSQL under load',
  missing: () => clusterMissing('postgres'),
  run({ seed, size }) {
    const random = seededRandom(seed)
    const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
    return withCluster({ seed, on: 'postgres', roles: ['all'] }, async (cluster) => {
      await cluster.start()
      const client = await cluster.client()
      const database = cluster.services.get('PostgreSQL')
      const [node] = cluster.nodes
      let slowest = 0
      for (let kill = 0; kill < KILLS[size]; kill++) {
        await pause(between(LIVES_MS))
        await database?.kill()
        await pause(between(AWAY_MS))
        await database?.start()
        const before = cluster.acknowledged()
        const back = () => cluster.acknowledged() > before
        slowest = Math.max(slowest, await until('messages to be taken again', READY_WITHIN_MS, back))
        if (node?.process.ended) throw new Error('expected the node to stay, got its end')
      }
      await client.stop()
      const { tally, violations } = await cluster.verdict({ kills: 0 })
      const notes = [`${KILLS[size]} kills of PostgreSQL, messages taken again in at most ${Math.round(slowest)} ms`]
      return { tally, violations, notes }
    })
  },
}
