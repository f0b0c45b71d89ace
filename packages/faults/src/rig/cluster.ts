/**
 * Servers that share a store, each a process, on services of their own that can be killed. Between each server and each service is a
 * network that can be broken.
 */
import type { NodeRole } from '@signalbox/contracts'
import { faultProxy, freePort, POSTGRES, RABBITMQ, REDIS } from '@signalbox/engine/test-services'
import type { FaultProxy, OwnServer, Service } from '@signalbox/engine/test-services'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import type { ServerProcessOptions, ServerReady, ServerSettings } from '../processes/server.ts'
import { createApi, type Api } from './api.ts'
import type { Child, Exit } from './child.ts'
import { openCrew, type Client, type Crew, type CrewOptions, type Load } from './crew.ts'
import { readStore } from './database.ts'
import { judge, type Bounds, type Verdict } from './judge.ts'
import type { Place } from './place.ts'
import { until } from './wait.ts'

export type ServiceName = 'PostgreSQL' | 'RabbitMQ' | 'Redis'

const STANDS_ON: Record<'postgres' | 'distributed', readonly Service[]> = {
  postgres: [POSTGRES],
  distributed: [POSTGRES, RABBITMQ, REDIS],
}

export interface ClusterOptions extends CrewOptions {
  /** One node on PostgreSQL alone, or several on all three. */
  on: keyof typeof STANDS_ON
  roles: readonly NodeRole[]
  policy?: 'hold' | 'retry'
  server?: Partial<Pick<ServerSettings, 'inFlight' | 'system'>>
}

export interface ClusterNode {
  readonly name: string
  readonly role: NodeRole
  readonly api: Api
  readonly process: Child
  /** Between it and its services. */
  readonly links: ReadonlyMap<ServiceName, FaultProxy>
  /** Starts its process without waiting for it. */
  launch(): Child
  /** Milliseconds from the start until `/health` says that it takes messages. */
  start(): Promise<number>
  kill(): Promise<void>
  stop(): Promise<Exit>
}

export interface Cluster {
  readonly folder: string
  readonly nodes: readonly ClusterNode[]
  readonly services: ReadonlyMap<ServiceName, OwnServer>
  /** One more, which is started by who asks. */
  add(role: NodeRole): Promise<ClusterNode>
  /** Starts every node that does not run; milliseconds until all are ready. */
  start(): Promise<number>
  /** Asks all that take messages, in turn. */
  client(load?: Load): Promise<Client>
  /** 202s so far. */
  acknowledged(): number
  /** Calls at the provider so far. */
  sent(): number
  /**
   * What whoever runs an installation does: a node that takes nothing after 15 s, or has ended, is killed and started again. Resolves
   * with how many there were.
   */
  revive(): Promise<number>
  clientLines: Crew['clientLines']
  providerLines: Crew['providerLines']
  /** Waits until every message has ended. */
  drained(): Promise<void>
  /** Waits until every message has ended, ends the servers with SIGTERM and holds everything against everything. */
  verdict(bounds: Pick<Bounds, 'kills'>): Promise<Verdict>
  close(options?: { keep?: boolean }): Promise<void>
}

const IN_FLIGHT = 32
const READY_MS = 60_000
const DRAINED_MS = 180_000
const REVIVED_AFTER_MS = 15_000
const CALL = Buffer.from('"took":')
const ACKNOWLEDGED = Buffer.from('"kind":"acknowledged"')

/** Why there can be none here, or null. */
export function clusterMissing(on: keyof typeof STANDS_ON): string | null {
  const none = STANDS_ON[on].filter((service) => !service.isInstalled())
  return none.length === 0 ? null : `not installed: ${none.map((service) => service.package).join(', ')}`
}

export async function openCluster(options: ClusterOptions): Promise<Cluster> {
  const { on, policy = 'hold' } = options
  const inFlight = options.server?.inFlight ?? IN_FLIGHT
  const services = new Map<ServiceName, OwnServer>()
  const nodes: ClusterNode[] = []
  const links: FaultProxy[] = []
  /** Nodes whose process ended though nobody ended it. */
  const died: string[] = []
  const crew = await openCrew(options)
  let templateId = 0

  async function close({ keep = false } = {}): Promise<void> {
    await crew.close({ keep })
    await Promise.all(links.map((link) => link.close()))
    await Promise.all([...services.values()].map((service) => service.remove()))
  }

  async function startService(service: Service): Promise<void> {
    const own = await service.start()
    if (!own) throw new Error(`expected ${service.name} to be installed`)
    services.set(service.name, own)
  }

  async function add(role: NodeRole): Promise<ClusterNode> {
    const name = `${role}-${nodes.length + 1}`
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const api = createApi(url)
    const own = new Map<ServiceName, FaultProxy>()
    for (const [service, { url: upstream }] of services) own.set(service, await faultProxy(upstream))
    links.push(...own.values())
    let child: Child | null = null

    function launch(): Child {
      const settings: ServerProcessOptions = {
        ...{ place: placeOf(on, own), node: { name, role }, port, providerUrl: crew.providerUrl, inFlight },
        ...{ sending: true, receipts: false },
        system: { 'channel.sms.unknown_policy': policy, ...options.server?.system },
      }
      child = crew.start('server.ts', settings, { as: name })
      void child.exit.then(({ code }) => {
        if (code !== null && code !== 0)
          died.push(`expected ${name} to live, got its end with ${code}: see ${name}.out`)
      })
      return child
    }

    const running = () => {
      if (!child) throw new Error(`expected ${name} to have been started`)
      return child
    }
    const node: ClusterNode = {
      ...{ name, role, api, launch, links: own },
      get process() {
        return running()
      },
      async start() {
        const begun = performance.now()
        const ready = await launch().heard<ServerReady>('ready')
        templateId ||= ready.templateId
        await until(`${name} to be ready`, READY_MS, () => api.ready())
        return performance.now() - begun
      },
      async kill() {
        running().kill('SIGKILL')
        await running().exit
      },
      stop() {
        running().kill('SIGTERM')
        return running().exit
      },
    }
    nodes.push(node)
    return node
  }

  const isRunning = (node: ClusterNode) => {
    try {
      return !node.process.ended
    } catch {
      return false
    }
  }

  async function drained(): Promise<void> {
    await until('every message to have ended', DRAINED_MS, async () => {
      for (const { api } of nodes.filter(isRunning)) {
        if (await api.ready()) return (await api.waiting()) === 0
      }
      return false
    })
  }

  try {
    await Promise.all(STANDS_ON[on].map(startService))
    for (const role of options.roles) await add(role)
  } catch (error) {
    await close()
    throw error
  }

  const cluster: Cluster = {
    ...{ folder: crew.folder, nodes, services, add, drained, close },
    async start() {
      const begun = performance.now()
      const [first, ...others] = nodes.filter((node) => !isRunning(node))
      // The first finds an empty store and fills it.
      await first?.start()
      await Promise.all(others.map((node) => node.start()))
      return performance.now() - begun
    },
    client(load) {
      const urls = nodes.filter(({ role }) => role !== 'worker').map(({ api }) => api.url)
      return crew.client({ urls, templateId }, load)
    },
    acknowledged: counter(join(crew.folder, 'client.log'), ACKNOWLEDGED),
    sent: counter(join(crew.folder, 'provider.log'), CALL),
    async revive() {
      const revived = nodes.map(async (node) => {
        const isBack = () => node.process.ended || node.api.ready()
        await until('', REVIVED_AFTER_MS, isBack).catch(() => undefined)
        if (!node.process.ended && (await node.api.ready())) return 0
        await node.kill()
        await node.start()
        return 1
      })
      return (await Promise.all(revived)).reduce<number>((sum, each) => sum + each, 0)
    },
    clientLines: crew.clientLines,
    providerLines: crew.providerLines,
    async verdict({ kills }) {
      await drained()
      const asked = nodes.find(isRunning)
      const unknownByApi = (await asked?.api.idsIn('unknown')) ?? []
      await Promise.all(nodes.filter(isRunning).map((node) => node.stop()))
      const evidence = { client: crew.clientLines(), provider: crew.providerLines(), unknownByApi }
      const url = services.get('PostgreSQL')?.url ?? ''
      const stored = await readStore({ kind: 'postgres', url })
      const { tally, violations } = judge({ ...evidence, stored }, { policy, kills, inFlight })
      return { tally, violations: [...died, ...violations] }
    },
  }
  return cluster
}

function placeOf(on: ClusterOptions['on'], links: ReadonlyMap<ServiceName, { url: string }>): Place {
  const url = (name: ServiceName) => links.get(name)?.url ?? ''
  switch (on) {
    case 'postgres':
      return { kind: 'postgres', url: url('PostgreSQL') }
    case 'distributed':
      return { kind: 'distributed', databaseUrl: url('PostgreSQL'), amqpUrl: url('RabbitMQ'), redisUrl: url('Redis') }
  }
}

/** Counts in a file that grows, reading each byte once. */
function counter(path: string, what: Buffer): () => number {
  let count = 0
  let at = 0
  let rest = Buffer.alloc(0)
  return () => {
    if (!existsSync(path)) return 0
    const file = openSync(path, 'r')
    const chunk = Buffer.alloc(1 << 20)
    try {
      for (let read = readSync(file, chunk, 0, chunk.length, at); read > 0;) {
        at += read
        const bytes = Buffer.concat([rest, chunk.subarray(0, read)])
        let from = 0
        for (let found = bytes.indexOf(what); found >= 0; found = bytes.indexOf(what, from)) {
          count += 1
          from = found + what.length
        }
        rest = bytes.subarray(Math.max(from, bytes.length - what.length + 1))
        read = readSync(file, chunk, 0, chunk.length, at)
      }
    } finally {
      closeSync(file)
    }
    return count
  }
}

/** Runs a story on a cluster of its own. Its folder stays when the story fails. */
export async function withCluster<T extends { violations: string[] }>(
  options: ClusterOptions,
  story: (cluster: Cluster) => Promise<T>,
): Promise<T> {
  const cluster = await openCluster(options)
  let kept = true
  try {
    const result = await story(cluster)
    kept = result.violations.length > 0
    if (kept) result.violations.push(`what was written down stays in ${cluster.folder}`)
    return result
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}; see ${cluster.folder}`, {
      cause: error,
    })
  } finally {
    await cluster.close({ keep: kept })
  }
}
