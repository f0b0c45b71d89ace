/**
 * Devices of users, at a socket.io server of their own: another path, other origins and another number of connections than
 * the operators' `/monitor`, so that neither can be reached or crowded out through the other.
 */
import {
  INBOX_GONE_MS,
  INBOX_HEARTBEAT_MS,
  INBOX_LIMITS,
  INBOX_NAMESPACE,
  INBOX_PATH,
  inboxAuthSchema,
  type InboxClientEvents,
  type InboxPresence,
  type InboxRefusal,
  type InboxServerEvents,
  issuesOf,
  summary,
} from '@signalbox/contracts'
import type { Clock, Engine } from '@signalbox/engine'
import type { Server as HttpServer } from 'node:http'
import type { Logger } from 'pino'
import { Server, type DefaultEventsMap } from 'socket.io'
import type { InboxTokens } from '../../auth/inbox-tokens.ts'
import type { Guard } from '../../http/guard.ts'
import type { Instant } from '../../present/instant.ts'
import { createDesk } from './desk.ts'
import { receiveDevice, type DeviceIdentity, type InboxSpace } from './device.ts'

const MAX_SOCKETS = 5_000
/** For a connection that has not said whose it is. */
const UNKNOWN_MS = 10_000

export interface InboxGateway {
  presence(): InboxPresence
  /** Closes every connection. What devices have acknowledged until then is written before the engine stops. */
  close(): void
}

export interface InboxGatewayDeps {
  engine: Pick<Engine, 'inbox' | 'events' | 'cluster'>
  /** False while nothing is heard of other nodes. */
  heard: () => boolean
  guard: Guard
  tokens: InboxTokens
  /** Of pages elsewhere that may connect. */
  origins: ReadonlySet<string>
  instant: Instant
  log: Logger
  clock: Clock
}

export function createInboxGateway(server: HttpServer, deps: InboxGatewayDeps): InboxGateway {
  const { engine, guard, tokens, origins, instant, log, clock } = deps
  let closing = false
  const io = new Server<InboxClientEvents, InboxServerEvents, DefaultEventsMap, DeviceIdentity>(server, {
    path: INBOX_PATH,
    serveClient: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: UNKNOWN_MS,
    // A device that does not answer the heartbeat is gone.
    pingInterval: INBOX_HEARTBEAT_MS,
    pingTimeout: INBOX_GONE_MS - INBOX_HEARTBEAT_MS,
    perMessageDeflate: false,
    // The operators' socket.io lets go of upgrades that are nobody's.
    destroyUpgrade: false,
    ...(origins.size > 0 ? { cors: { origin: [...origins] } } : {}),
    allowRequest(request, decide) {
      const refusal = guard.inspect(request, 'socket', origins)
      if (refusal) {
        log.warn({ reason: refusal.reason }, 'inbox: device refused')
        return decide(refusal.message, false)
      }
      if (closing) return decide('expected a server that takes requests, got one that is stopping', false)
      if (io.engine.clientsCount >= MAX_SOCKETS) return decide(`expected at most ${MAX_SOCKETS} devices`, false)
      return decide(null, true)
    },
  })
  io.use((_socket, next) => next(new Error(`expected the namespace ${INBOX_NAMESPACE}`)))
  const space: InboxSpace = io.of(INBOX_NAMESPACE)
  const { bus, self } = engine.cluster
  const desk = createDesk({
    ...{ engine, clock },
    elsewhere: bus && { bus, lease: self.lease, heard: deps.heard },
    onError: (error) => log.warn({ err: error }, 'inbox: could not look for what other nodes put; it is tried again'),
  })

  space.use((socket, next) => {
    const refuse = (error: InboxRefusal['error'], message: string): void => {
      const data: InboxRefusal = { error }
      next(Object.assign(new Error(message), { data }))
    }
    if (closing) return refuse('not_accepting', 'expected a server that takes devices, got one that is stopping')
    const { auth } = socket.handshake
    const parsed = inboxAuthSchema.safeParse(auth)
    if (!parsed.success) return refuse('invalid', summary(issuesOf(parsed.error, auth, 'auth')))
    const { token, device, since } = parsed.data
    const checked = tokens.check(token, clock.now())
    if (!checked.ok) return refuse(checked.error, checked.message)
    const { user, expiresAt } = checked
    if (!desk.hasRoom(user)) {
      const expected = `expected at most ${INBOX_LIMITS.devicesPerUser} connected devices of a user, got one more`
      return refuse('too_many_devices', expected)
    }
    engine.inbox.after(user, since, 1).then(
      ({ lastSeq }) => {
        const reset = since > lastSeq
        Object.assign(socket.data, { user, device, since: reset ? 0 : since, reset, lastSeq, expiresAt })
        next()
      },
      (error: unknown) => {
        log.warn({ err: error }, 'inbox: a device could not be received')
        refuse('not_accepting', 'expected a store that can be read, got one that cannot; come again')
      },
    )
  })
  space.on('connection', (socket) => {
    receiveDevice(socket, { engine, desk, clock, instant, log })
  })

  return {
    presence: () => desk.presence(),
    close() {
      closing = true
      desk.close()
      io.engine.close()
    },
  }
}
