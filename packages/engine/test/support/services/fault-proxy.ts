/**
 * Between a client and its server: a network that can be broken, and mended, while connections are open. Bytes that it holds
 * back arrive when it is mended, late and in their order, as they do after a partition; so does that a side has gone.
 */
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { confirmFilter } from './amqp-frames.ts'
import { flowOf, resetSocket, type Flow } from './flow.ts'

export const LINK_FAULTS = {
  /** Nothing passes either way; whoever connects is let in and hears nothing. */
  blackhole: { toServer: 'held', toClient: 'held' },
  /** The server hears and does; its answers reach nobody. */
  'half-open': { toServer: 'free', toClient: 'held' },
  /** Each way takes 2 s. */
  latency: { toServer: { delayMs: 2_000 }, toClient: { delayMs: 2_000 } },
  /** One byte per second each way. */
  trickle: { toServer: { bytesPerSecond: 1 }, toClient: { bytesPerSecond: 1 } },
  /** All that is open is reset (RST), and so is whoever comes. */
  reset: null,
  /** All that is open is reset, and nobody listens. */
  refuse: null,
  /** RabbitMQ's confirms of publishes are kept back; all else passes. */
  'no-confirms': { toServer: 'free', toClient: 'free' },
} as const satisfies Record<string, { toServer: Flow; toClient: Flow } | null>

export type LinkFault = keyof typeof LINK_FAULTS

export interface FaultProxy {
  /** The server's address with the proxy in between. */
  readonly url: string
  readonly port: number
  /** Connections of clients that are open. */
  readonly open: number
  /** How many there have been. */
  readonly connections: number
  breakIt(fault: LinkFault): Promise<void>
  /** What was held back arrives; what was reset stays so. */
  mend(): Promise<void>
  /** Every open connection is reset; new ones pass. */
  resetAll(): void
  /** Whoever connects from now on is led to another server of the same kind. */
  leadTo(upstream: string): void
  /** When a client next says so: every connection is cut, before that passes, or after the server has answered with the same word. Then the network is so. */
  cutAt(said: string, passes: boolean, after?: LinkFault): void
  close(): Promise<void>
}

interface Link {
  change(): void
  reset(): void
}

/** @param upstream URL of the server, with a `host` parameter for a socket of PostgreSQL */
export async function faultProxy(upstream: string): Promise<FaultProxy> {
  let target = addressOf(upstream)
  const links = new Set<Link>()
  let fault: LinkFault | null = null
  let cut: { said: string; passes: boolean; after: LinkFault | undefined } | null = null

  const flow = (way: 'toServer' | 'toClient'): Flow => (fault === null ? 'free' : (LINK_FAULTS[fault]?.[way] ?? 'free'))
  const resetAll = () => {
    for (const link of links) link.reset()
  }

  let connections = 0
  function join(client: Socket): void {
    connections += 1
    if (fault === 'reset') return resetSocket(client)
    const server = connectTo(target)
    const confirms = target.protocol === 'amqp:' ? confirmFilter(() => fault === 'no-confirms') : undefined
    const link: Link = { change: () => undefined, reset: () => undefined }
    const toServer = flowOf(client, server, () => flow('toServer'))
    const toClient = flowOf(server, client, () => flow('toClient'), confirms)
    link.change = () => {
      toServer.change()
      toClient.change()
    }
    link.reset = () => {
      links.delete(link)
      resetSocket(client)
      resetSocket(server)
    }
    links.add(link)
    client.on('close', () => links.delete(link))
    toServer.onPassing((bytes) => {
      if (!cut || !bytes.includes(cut.said)) return true
      const { said, passes, after } = cut
      cut = null
      const cutOff = () => {
        resetAll()
        if (after) void change(after)
        return false
      }
      if (!passes) return cutOff()
      // The server has done it when it names it in its answer; the answer reaches nobody.
      toClient.onPassing((answer) => {
        if (answer.toString('latin1').toLowerCase().includes(said.toLowerCase())) cutOff()
        return false
      })
      return true
    })
  }

  const listener = createServer({ allowHalfOpen: true }, join)
  await listen(listener, 0)
  const address = listener.address()
  const port = typeof address === 'object' && address ? address.port : 0
  const url = new URL(target)
  url.searchParams.delete('host')
  url.hostname = '127.0.0.1'
  url.port = String(port)

  async function change(to: LinkFault | null): Promise<void> {
    const was = fault
    fault = to
    if (to === 'reset' || to === 'refuse') resetAll()
    if (to === 'refuse' && listener.listening) {
      listener.close()
      await once(listener, 'close')
    }
    if (was === 'refuse' && to !== 'refuse') await listen(listener, port)
    for (const link of links) link.change()
  }

  return {
    url: url.href,
    port,
    get open() {
      return links.size
    },
    get connections() {
      return connections
    },
    breakIt: change,
    mend: () => change(null),
    resetAll,
    leadTo: (other) => void (target = addressOf(other)),
    cutAt(said, passes, after) {
      cut = { said, passes, after }
    },
    async close() {
      resetAll()
      if (!listener.listening) return
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** PostgreSQL may be named without a host, which no URL is. */
const addressOf = (upstream: string): URL => new URL(upstream.replace('@/', '@localhost/'))

function connectTo(target: URL): Socket {
  const folder = target.searchParams.get('host')
  const port = Number(target.port || USUAL_PORTS[target.protocol])
  return folder?.startsWith('/')
    ? connect({ path: `${folder}/.s.PGSQL.${port}`, allowHalfOpen: true })
    : connect({ port, host: folder ?? target.hostname, allowHalfOpen: true })
}

const USUAL_PORTS: Record<string, number> = { 'postgres:': 5432, 'postgresql:': 5432, 'amqp:': 5672, 'redis:': 6379 }

async function listen(listener: Server, port: number): Promise<void> {
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')
}
