/** Every link of every node × every way in which a network fails. What does not decide may be away; what decides refuses, and comes back. */
import type { LinkFault } from '@signalbox/engine/test-services'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { clusterMissing, withCluster, type Cluster, type ClusterOptions, type ServiceName } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'

const FAULTS: readonly LinkFault[] = ['blackhole', 'reset', 'latency', 'trickle', 'half-open']
const BROKEN_MS: Record<Size, number> = { test: 2_000, short: 5_000, full: 25_000 }
const CALM_MS = 500
/** Then somebody would start the node again. */
const READY_WITHIN_MS = 30_000

/** One node on PostgreSQL alone. */
export const postgresLink: Fault = {
  name: 'links-postgres',
  title: 'the network to PostgreSQL swallows, resets, delays, trickles, is half open; one node',
  missing: () => clusterMissing('postgres'),
  run: (run) => breakLinks(run, { on: 'postgres', roles: ['all'] }, ['PostgreSQL']),
}

function breakLinks(
  { seed, size }: FaultRun,
  { on, roles }: Pick<ClusterOptions, 'on' | 'roles'>,
  services: readonly ServiceName[],
): Promise<FaultResult> {
  return withCluster({ seed, on, roles }, async (cluster) => {
    await cluster.start()
    const client = await cluster.client({ pauseMs: 20 })
    const notes: string[] = []
    const broken: string[] = []
    let restarts = 0
    for (const service of services) {
      for (const fault of FAULTS) {
        const seen = await breakOne(cluster, service, fault, BROKEN_MS[size])
        restarts += seen.restarts
        const line = `${service} ${fault}: ${seen.meanwhile} acknowledged meanwhile, ready after ${Math.round(seen.readyMs)} ms`
        notes.push(seen.restarts === 0 ? line : `${line}, ${seen.restarts} started again`)
        if (service !== 'PostgreSQL' && seen.meanwhile === 0) {
          broken.push(`expected messages to be taken while ${service} is away (${fault}), got none`)
        }
      }
    }
    await client.stop()
    const { tally, violations } = await cluster.verdict({ kills: restarts })
    return { tally, violations: [...broken, ...violations], notes }
  })
}

interface Seen {
  /** 202s while it was broken. */
  meanwhile: number
  /** From the mending until every node takes messages. */
  readyMs: number
  /** Nodes that had to be started again. */
  restarts: number
}

async function breakOne(cluster: Cluster, service: ServiceName, fault: LinkFault, ms: number): Promise<Seen> {
  const links = cluster.nodes.map((node) => node.links.get(service)).filter((link) => link !== undefined)
  await pause(CALM_MS)
  const before = cluster.acknowledged()
  await Promise.all(links.map((link) => link.breakIt(fault)))
  await pause(ms)
  const meanwhile = cluster.acknowledged() - before
  await Promise.all(links.map((link) => link.mend()))
  const mended = performance.now()
  let restarts = 0
  for (const node of cluster.nodes) {
    const isBack = await until('', READY_WITHIN_MS, () => node.api.ready()).catch(() => null)
    if (isBack !== null) continue
    restarts += 1
    if (!node.process.ended) await node.kill()
    await node.start()
  }
  const after = cluster.acknowledged()
  await until('messages to be taken again', READY_WITHIN_MS, () => cluster.acknowledged() > after)
  return { meanwhile, readyMs: performance.now() - mended, restarts }
}
