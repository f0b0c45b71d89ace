/**
 * Every link × every way in which a network fails: of all nodes at once, and of one alone, which the others then end. What does
 * not decide may be away; what decides refuses, and comes back.
 */
import type { LinkFault } from '@signalbox/engine/test-services'
import type { Fault, FaultResult, FaultRun, Size } from '../fault.ts'
import { clusterMissing, withCluster, type Cluster, type ClusterOptions, type ServiceName } from '../rig/cluster.ts'
import { pause, until } from '../rig/wait.ts'
import { APART } from './nodes.ts'

const FAULTS: readonly LinkFault[] = ['blackhole', 'reset', 'latency', 'trickle', 'half-open']
const BROKEN_MS: Record<Size, number> = { test: 1_500, short: 5_000, full: 25_000 }
/** Longer than the others wait for a node that they do not hear from. */
const CUT_OFF_MS: Record<Size, number> = { test: 16_000, short: 20_000, full: 40_000 }
const CALM_MS = 500
const GOES_ON_WITHIN_MS = 60_000

interface Case {
  service: ServiceName
  fault: LinkFault
  /** Whose link: of all nodes, or of the last alone. */
  of: 'all' | 'one'
}

/** One node on PostgreSQL alone. */
export const postgresLink: Fault = {
  name: 'links-postgres',
  title: 'the network to PostgreSQL swallows, resets, delays, trickles, is half open; one node',
  missing: () => clusterMissing('postgres'),
  run: (run) => breakLinks(run, { on: 'postgres', roles: ['all'] }, each(['PostgreSQL'])),
}

export const links: Fault = {
  name: 'links-nodes',
  title: 'the network of nodes to PostgreSQL, RabbitMQ and Redis swallows, resets, delays, trickles, is half open',
  missing: () => clusterMissing('distributed'),
  run: (run) =>
    breakLinks(run, APART, [
      ...each(['PostgreSQL', 'RabbitMQ', 'Redis']),
      { service: 'PostgreSQL', fault: 'blackhole', of: 'one' },
      { service: 'PostgreSQL', fault: 'half-open', of: 'one' },
    ]),
}

function each(services: readonly ServiceName[]): Case[] {
  return services.flatMap((service) => FAULTS.map((fault) => ({ service, fault, of: 'all' as const })))
}

function breakLinks(
  { seed, size }: FaultRun,
  { on, roles }: Pick<ClusterOptions, 'on' | 'roles'>,
  cases: readonly Case[],
): Promise<FaultResult> {
  return withCluster({ seed, on, roles, provider: { latencyMs: { min: 5, max: 50 } } }, async (cluster) => {
    await cluster.start()
    const client = await cluster.client({ pauseMs: 20 })
    const notes: string[] = []
    const broken: string[] = []
    let restarts = 0
    for (const each of cases) {
      const { service, fault, of } = each
      const seen = await breakOne(cluster, each, of === 'one' ? CUT_OFF_MS[size] : BROKEN_MS[size])
      restarts += seen.restarts
      const started = seen.restarts === 0 ? '' : `, ${seen.restarts} started again`
      notes.push(
        `${service} ${fault}, ${of}: ${seen.taken} taken and ${seen.sent} sent meanwhile, ` +
          `ready after ${Math.round(seen.readyMs)} ms${started}`,
      )
      const mustGoOn = service !== 'PostgreSQL' || of === 'one'
      if (mustGoOn && (seen.taken === 0 || seen.sent === 0)) {
        broken.push(`expected messages to be taken and sent meanwhile, got ${notes.at(-1)}`)
      }
    }
    await client.stop()
    const { tally, violations } = await cluster.verdict({ kills: restarts })
    return { tally, violations: [...broken, ...violations], notes }
  })
}

interface Seen {
  /** 202s while it was broken. */
  taken: number
  /** Calls at the provider meanwhile. */
  sent: number
  /** From the mending until every node takes messages and some are taken. */
  readyMs: number
  /** Nodes that had to be started again: others had ended them. */
  restarts: number
}

async function breakOne(cluster: Cluster, { service, fault, of }: Case, ms: number): Promise<Seen> {
  const nodes = of === 'all' ? cluster.nodes : cluster.nodes.slice(-1)
  const broken = nodes.map((node) => node.links.get(service)).filter((link) => link !== undefined)
  await pause(CALM_MS)
  const [taken, sent] = [cluster.acknowledged(), cluster.sent()]
  await Promise.all(broken.map((link) => link.breakIt(fault)))
  await pause(ms)
  const seen = { taken: cluster.acknowledged() - taken, sent: cluster.sent() - sent }
  await Promise.all(broken.map((link) => link.mend()))
  const mended = performance.now()
  const restarts = await cluster.revive()
  const after = cluster.acknowledged()
  await until('messages to be taken again', GOES_ON_WITHIN_MS, () => cluster.acknowledged() > after)
  return { ...seen, readyMs: performance.now() - mended, restarts }
}
