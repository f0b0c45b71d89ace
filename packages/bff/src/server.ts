import { createEngine, systemClock, type Engine, type EngineOptions } from '@signalbox/engine'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import packageJson from '../package.json' with { type: 'json' }
import { createApp } from './app.ts'
import { createInboxTokens } from './auth/inbox-tokens.ts'
import { createGuard } from './http/guard.ts'
import { createIdempotency } from './http/idempotency.ts'
import { loopbackProblem } from './http/loopback.ts'
import { createMetrics } from './http/metrics.ts'
import { createView } from './present/view.ts'
import { createInboxGateway } from './realtime/inbox/gateway.ts'
import { createGateway } from './realtime/gateway.ts'
import { createMonitor } from './realtime/monitor.ts'
import { createNeighbours } from './realtime/nodes/neighbours.ts'
import { createRewind } from './realtime/rewind.ts'

export interface ServerOptions {
  engine: EngineOptions
  /** 0 takes a free one. */
  port: number
  /** Loopback only, until operators exist. */
  host?: string
  /** Marks everything as demo data. */
  demo?: boolean
  /** Origin of the Vite server that proxies to us during development. */
  devOrigin?: string | undefined
  /** Origins of pages elsewhere whose devices may connect to the inbox. */
  inboxOrigins?: readonly string[]
  log?: Logger
  /** Runs on the open engine before it sends and before anybody can reach it. */
  prepare?: (engine: Engine) => Promise<void>
}

export interface RunningServer {
  /** `http://127.0.0.1:8000` */
  readonly url: string
  readonly engine: Engine
  /** Stops accepting, lets what is under way finish until the deadline (ms, default 10,000). Idempotent. */
  close(options?: { deadlineMs?: number }): Promise<void>
}

const DASHBOARD = join(import.meta.dirname, '../../dashboard/dist')
const DEADLINE_MS = 10_000
/** How often connections are looked at that have nothing more to say. */
const IDLE_SWEEP_MS = 50

/** Opens the engine, listens, then starts to send. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port, host = '127.0.0.1', demo = false, devOrigin, log = pino({ level: 'silent' }) } = options
  const problem = loopbackProblem(host)
  if (problem) throw new Error(problem)

  const engine = await createEngine({
    ...{ log, ...options.engine },
    node: { version: packageJson.version, ...options.engine.node },
  })
  try {
    await options.prepare?.(engine)
    const view = await createView(engine)
    const rewind = createRewind({
      past: (at, ranges) => engine.stats.past(at, ranges),
      view,
      timeZone: () => engine.settings.values.timeZone,
    })
    const clock = options.engine.clock ?? systemClock
    const neighbours = createNeighbours({
      ...{ engine, clock, instant: view.instant },
      looking: () => monitor.looking(),
      screens: () => gateway.clients(),
      presence: () => inbox.presence(),
      onTold: () => monitor.tellMoves(),
    })
    const monitor = await createMonitor(engine, view, {
      ...{ demo, log, clock, neighbours },
      record: (snapshot, at) => void rewind.record(snapshot, at),
    })
    const metrics = createMetrics(engine)
    const guard = createGuard(devOrigin)
    // Without a master key tokens are good until this process ends.
    const tokens = createInboxTokens(engine.keyFor('inbox') ?? randomBytes(32))
    let accepting = true
    const app = createApp({
      ...{ engine, view, monitor, neighbours, rewind, metrics, guard, log },
      idempotency: createIdempotency(),
      facts: { demo, version: packageJson.version, startedAt: Date.now() },
      dashboard: DASHBOARD,
      accepting: () => accepting,
      socketClients: () => gateway.clients(),
      inbox: {
        issueToken(user, ttlMs) {
          const expiresAt = clock.now() + ttlMs
          return { token: tokens.issue(user, expiresAt), expiresAt }
        },
        presence: () => inbox.presence(),
      },
    })
    const server = createServer(TIMEOUTS, app)
    const heard = (): boolean => neighbours.carried
    const gateway = createGateway(server, { engine, monitor, view, guard, log, clock, heard })
    const inbox = createInboxGateway(server, {
      ...{ engine, guard, tokens, instant: view.instant, log, clock, heard },
      origins: new Set(options.inboxOrigins),
    })
    await listen(server, port, host)
    await engine.start()
    neighbours.start()

    let closing: Promise<void> | null = null
    const close = async (deadlineMs: number): Promise<void> => {
      const deadline = Date.now() + deadlineMs
      accepting = false
      neighbours.close()
      inbox.close()
      await gateway.close()
      await drain(server, deadline - Date.now())
      monitor.close()
      await engine.stop({ deadlineMs: Math.max(0, deadline - Date.now()) })
      view.names.close()
      metrics.close()
    }
    return {
      url: urlOf(server, host),
      engine,
      close: ({ deadlineMs = DEADLINE_MS } = {}) => (closing ??= close(deadlineMs)),
    }
  } catch (error) {
    await engine.stop()
    throw error
  }
}

/** Milliseconds. Loopback is fast: whoever takes longer holds a connection for nothing. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host)
  await once(server, 'listening')
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}

/** Takes no new connection, closes those that are idle, and at the deadline those that are not. */
function drain(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS)
    const deadline = setTimeout(() => server.closeAllConnections(), deadlineMs)
    server.close(() => {
      clearInterval(sweep)
      clearTimeout(deadline)
      resolve()
    })
  })
}
