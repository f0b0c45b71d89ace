/** The only place that knows socket.io. */
import {
  INBOX_NAMESPACE,
  INBOX_PATH,
  MONITOR_NAMESPACE,
  type ComeBackLater,
  type MonitorClientEvents,
  type MonitorServerEvents,
} from '@signalbox/contracts'
import type { Clock, Engine } from '@signalbox/engine'
import type { Server as HttpServer } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { Server } from 'socket.io'
import type { Guard } from '../http/guard.ts'
import { presentBulkJob } from '../present/bulk.ts'
import { presentMessage } from '../present/message.ts'
import type { View } from '../present/view.ts'
import { farewell } from './farewell.ts'
import type { Monitor } from './monitor.ts'
import { createReturnSlots } from './return-slots.ts'
import { BEHIND_ROOM, createSlowReaders } from './slow-readers.ts'
import { createTurnstile, LONGEST_WAIT_MS } from './turnstile.ts'
import { receiveViewer, type MonitorSpace, type Viewer } from './viewer.ts'
import { createWatches } from './watches.ts'
import { createBulkFeed } from './bulk-feed.ts'
import { LISTS_ROOM, lookForNew, receiveListViewer } from './list-viewer.ts'
import { createLists } from './lists.ts'
import { createElsewhere } from './nodes/elsewhere.ts'

const MAX_SOCKETS = 1_000
/** How long the farewell may take to reach everybody; only a viewer that does not read takes it all. */
const FAREWELL_MS = 1_000

export interface Gateway {
  clients(): number
  /**
   * Tells everybody when to come back, lets that leave, and closes every socket. Call it while the server still listens:
   * who polls comes for it with a connection of its own.
   */
  close(): Promise<void>
}

export interface GatewayDeps {
  engine: Engine
  monitor: Monitor
  view: View
  guard: Guard
  log: Logger
  clock: Pick<Clock, 'monotonic' | 'after'>
  /** False while nothing is heard of other nodes. */
  heard: () => boolean
}

export function createGateway(server: HttpServer, deps: GatewayDeps): Gateway {
  const { engine, monitor, view, guard, log, clock, heard } = deps
  let closing = false
  const io = new Server<MonitorClientEvents, MonitorServerEvents>(server, {
    serveClient: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: LONGEST_WAIT_MS + 7_000,
    // A feed tick of 50 rows is 25 KB as text and a tenth of that deflated.
    perMessageDeflate: { threshold: 1024, serverNoContextTakeover: true, clientNoContextTakeover: true },
    allowRequest(request, decide) {
      const refusal = guard.inspect(request, 'socket')
      if (refusal) {
        log.warn({ reason: refusal.reason }, 'socket refused')
        return decide(refusal.message, false)
      }
      if (closing) return decide('expected a server that takes requests, got one that is stopping', false)
      if (io.engine.clientsCount >= MAX_SOCKETS) return decide(`expected at most ${MAX_SOCKETS} sockets`, false)
      return decide(null, true)
    },
  })
  io.use((_socket, next) => next(new Error(`expected the namespace ${MONITOR_NAMESPACE}`)))
  // Devices have a server of their own; whoever comes here for it is told where it is.
  const elsewhere = `expected the path ${INBOX_PATH} for the namespace ${INBOX_NAMESPACE}, got /socket.io`
  io.of(INBOX_NAMESPACE).use((_socket, next) => next(new Error(elsewhere)))
  const space: MonitorSpace = io.of(MONITOR_NAMESPACE)
  const watches = createWatches<Viewer>()
  const slowReaders = createSlowReaders(space)
  const lists = createLists<Viewer>({
    present: (record) => presentMessage(record, view),
    tell: (viewer, change) => viewer.emit('list', change),
    isReady: (viewer) => viewer.conn.transport.writable,
  })
  const tellMoved = (recordId: number): void => {
    for (const viewer of watches.followers(recordId)) viewer.emit('trace', { record_id: recordId })
  }
  const { bus, self } = engine.cluster
  const otherNodes =
    bus &&
    createElsewhere<Viewer>({
      ...{ bus, lease: self.lease, clock, engine, lists, watches, heard, tell: tellMoved },
      lookForNew: (list) => lookForNew(list, engine.messages),
      onError: (error) => log.warn({ err: error }, 'what moved at other nodes could not be read; it is tried again'),
    })
  const onFollowed = (): void => otherNodes?.changed()
  const bulkFeed = createBulkFeed((job) => space.to(LISTS_ROOM).emit('bulk', presentBulkJob(job, view.instant)))
  const returns = createReturnSlots<Viewer>()
  const turnstile = createTurnstile(clock)
  const connections = new Set<Duplex>()
  server.on('upgrade', (_request, connection: Duplex) => {
    connections.add(connection)
    connection.once('close', () => connections.delete(connection))
  })

  space.use((viewer, next) => {
    const reply = turnstile.arrive(() => next())
    if (typeof reply === 'function') return void viewer.conn.once('close', reply)
    const data: ComeBackLater = { come_back_in_ms: reply }
    next(Object.assign(new Error(`expected fewer viewers at once; come back in ${reply} ms`), { data }))
  })
  space.on('connection', (viewer) => {
    returns.take(viewer)
    viewer.once('disconnect', () => returns.giveBack(viewer))
    viewer.emit('hello', { epoch: monitor.epoch, reconnect_in_ms: returns.returnInMs(viewer) })
    receiveViewer(viewer, { monitor, watches, onWatches: onFollowed })
    receiveListViewer(viewer, lists, { engine, seq: () => monitor.seq, onFollowed })
  })
  monitor.serve({
    viewers: (room) => space.adapter.rooms.get(room)?.size ?? 0,
    begin: () => slowReaders.sort(),
    tick: (room, tick) => space.to(room).except(BEHIND_ROOM).emit('tick', tick),
    feed: (room, tick) => space.to(room).except(BEHIND_ROOM).emit('feed', tick),
  })
  const deafen = engine.events.on('template:changed', ({ id }) => space.emit('template', { id }))
  const unsubscribe = engine.events.on('message:changed', (record) => {
    lists.note(record)
    tellMoved(record.id)
    otherNodes?.note(record.id)
  })
  const stopViews = engine.events.on('views:changed', () => space.emit('views'))
  const stopBulk = engine.events.on('bulk:changed', (job) => bulkFeed.note(job))

  return {
    clients: () => io.engine.clientsCount,
    async close() {
      closing = true
      turnstile.close()
      unsubscribe()
      deafen()
      stopViews()
      stopBulk()
      bulkFeed.close()
      otherNodes?.close()
      lists.close()
      const gone = [...space.sockets.values()].map(
        (viewer) =>
          new Promise<void>((resolve) => {
            viewer.once('disconnect', () => resolve())
            viewer.emit('bye', { reconnect_in_ms: returns.returnInMs(viewer) })
            // Closing the connection, not the namespace: after the latter a client would not come back by itself.
            viewer.conn.close()
          }),
      )
      // Where nobody is, the server closes in the same turn: who is about to ask is then told, not cut.
      const inTime = gone.length === 0 || (await farewell(Promise.all(gone), FAREWELL_MS, clock))
      if (!inTime) log.info({ left: io.engine.clientsCount }, 'viewers that did not read are cut')
      io.engine.close()
      // A closing handshake may take half a minute with a peer that does not read; we do not wait for it.
      for (const connection of connections) connection.destroy()
    },
  }
}
