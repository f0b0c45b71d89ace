/** F9: PostgreSQL is killed under load and started again. The nodes stay, and nothing is lost or doubled. */
import { seededRandom } from '@signalbox/channels'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { clusterMissing, withCluster, type ClusterOptions } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'
import { ALIKE } from './nodes.ts'

const KILLS: Record<Size, number> = { test: 2, short: 5, full: 20 }
const LIVES_MS = { min: 200, max: 1_500 }
const AWAY_MS = { min: 0, max: 3_000 }
const READY_WITHIN_MS = 30_000

export const postgresKill: Fault = {
  name: 'F9-postgres',
  title: 'kill -9 of PostgreSQL under load',
  missing: () => clusterMissing('postgres'),
  run: (run) => kills(run, { on: 'postgres', roles: ['all'] }),
}

/** What one of them was committing, and is lost with the server, may have the number of what another commits after its recovery. */
export const postgresKillOfNodes: Fault = {
  name: 'F9-nodes',
  title: 'kill -9 of the PostgreSQL of several nodes under load',
  missing: () => clusterMissing('distributed'),
  run: (run) => kills(run, ALIKE),
}

function kills({ seed, size }: FaultRun, options: Pick<ClusterOptions, 'on' | 'roles'>): Promise<FaultResult> {
  const random = seededRandom(seed)
  const between = ({ min, max }: { min: number; max: number }) => min + random() * (max - min)
  return withCluster({ seed, ...options }, async (cluster) => {
    await cluster.start()
    const client = await cluster.client()
    const database = cluster.services.get('PostgreSQL')
    let slowest = 0
    for (let kill = 0; kill < KILLS[size]; kill++) {
      await pause(between(LIVES_MS))
      await database?.kill()
      await pause(between(AWAY_MS))
      await database?.start()
      const before = cluster.acknowledged()
      const back = () => cluster.acknowledged() > before
      slowest = Math.max(slowest, await until('messages to be taken again', READY_WITHIN_MS, back))
      if (cluster.nodes.some(({ process }) => process.ended)) throw new Error('expected every node to stay, got an end')
    }
    await client.stop()
    const { tally, violations } = await cluster.verdict({ kills: 0 })
    const notes = [`${KILLS[size]} kills of PostgreSQL, messages taken again in at most ${Math.round(slowest)} ms`]
    return { tally, violations, notes }
  })
}
