/** F1 over nodes that share a store: kill -9 of one at a time, at any moment, and now and then of all of them at once. */
import type { NodeRole } from '@signalbox/contracts'
import { seededRandom } from '@signalbox/channels'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { clusterMissing, withCluster, type ClusterNode, type ClusterOptions } from '../rig/cluster.ts'
import { addTallies } from '../rig/judge.ts'
import { pause } from '../rig/wait.ts'
import { ALIKE, APART } from './nodes.ts'

/** Under each of the two policies. */
const KILLS: Record<Size, number> = { test: 4, short: 12, full: 125 }
const LIVES_MS = { min: 50, max: 1_200 }
const ALL_AT_ONCE = 0.1

export const killOnPostgres: Fault = {
  name: 'F1-postgres',
  title: 'kill -9 of the one node on PostgreSQL, under hold and under retry',
  missing: () => clusterMissing('postgres'),
  run: (run) => underBoth(run, { on: 'postgres', roles: ['all'] }),
}

export const killNodes: Fault = {
  name: 'F1-nodes',
  title: 'kill -9 of nodes that take and nodes that send, and of nodes that do both, under hold and under retry',
  missing: () => clusterMissing('distributed'),
  async run(run) {
    const apart = run.size === 'test' ? await kills(run, { ...APART, policy: 'hold' }) : await underBoth(run, APART)
    const alike = run.size === 'test' ? await kills(run, { ...ALIKE, policy: 'retry' }) : await underBoth(run, ALIKE)
    return {
      tally: addTallies(apart.tally, alike.tally),
      violations: [...apart.violations, ...alike.violations],
      notes: [...apart.notes, ...alike.notes],
    }
  },
}

async function underBoth(run: FaultRun, cluster: Pick<ClusterOptions, 'on' | 'roles'>): Promise<FaultResult> {
  const hold = await kills(run, { ...cluster, policy: 'hold' })
  const retry = await kills(run, { ...cluster, policy: 'retry' })
  return {
    tally: addTallies(hold.tally, retry.tally),
    violations: [...hold.violations, ...retry.violations],
    notes: [...hold.notes, ...retry.notes],
  }
}

function kills(
  { seed, size }: FaultRun,
  options: Pick<ClusterOptions, 'on' | 'roles'> & { policy: 'hold' | 'retry' },
): Promise<FaultResult> {
  const random = seededRandom(seed)
  return withCluster({ seed, ...options }, async (cluster) => {
    await cluster.start()
    const client = await cluster.client()
    let slowest = 0
    let killed = 0
    const die = async (node: ClusterNode) => {
      await node.kill()
      killed += 1
      slowest = Math.max(slowest, await node.start())
    }
    while (killed < KILLS[size]) {
      await pause(LIVES_MS.min + random() * (LIVES_MS.max - LIVES_MS.min))
      const victim = cluster.nodes[Math.floor(random() * cluster.nodes.length)]
      if (random() < ALL_AT_ONCE) await Promise.all(cluster.nodes.map(die))
      else if (victim) await die(victim)
    }
    await client.stop()
    const { tally, violations } = await cluster.verdict({ kills: killed })
    const roles = Object.entries(Object.groupBy(cluster.nodes, ({ role }) => role satisfies NodeRole))
    const nodes = roles.map(([role, each]) => `${each?.length ?? 0} ${role}`).join(', ')
    const doubled = options.policy === 'retry' ? `, ${tally.duplicated} sent twice` : ''
    return {
      ...{ tally, violations },
      notes: [
        `${killed} kills of ${nodes} under ${options.policy}, ready in at most ${Math.round(slowest)} ms${doubled}`,
      ],
    }
  })
}
