import type { Channel, InboxPresence, MessageState } from '@signalbox/contracts'
import type { Engine } from '@signalbox/engine'
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { createDurations } from './durations.ts'

export interface HttpMetrics {
  observe(method: string, route: string, status: number, ms: number): void
}

/** Of this node alone. Read at scrape, so that nothing is computed for a page that nobody asks for. */
export interface Gauges {
  figures(): {
    queues: Record<string, { scheduled: number; queued: number; processing: number }>
    pools: Record<string, { activeCount: number; poolSize: number; maxPoolSize: number; queueSize: number }>
  }
  socketClients(): number
  inbox(): InboxPresence
}

export interface Metrics extends HttpMetrics {
  readonly contentType: string
  /** Prometheus text. */
  text(gauges: Gauges): Promise<string>
  close(): void
}

const COUNTED_STATES = [
  'accepted',
  'sent',
  'delivered',
  'read',
  'failed',
  'expired',
  'cancelled',
  'unknown',
] as const satisfies (MessageState | 'accepted')[]

export function createMetrics(engine: Engine): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  const { name, role, version } = engine.cluster.self
  const node = new Gauge({
    name: 'signalbox_node_info',
    help: 'Always 1: which node these figures are of',
    labelNames: ['node', 'role', 'version'],
    registers,
  })
  node.set({ node: name, role, version }, 1)
  const durations = createDurations(
    'signalbox_http_request_duration_seconds',
    'Time from the first byte of a request to the end of its reply',
  )
  const messages = new Counter({
    name: 'signalbox_messages_total',
    help: 'Messages that were accepted or reached a state',
    labelNames: ['channel', 'state'],
    registers,
  })
  const depth = new Gauge({
    name: 'signalbox_queue_depth',
    help: 'Entries of a queue',
    labelNames: ['queue', 'state'],
    registers,
  })
  const slots = new Gauge({
    name: 'signalbox_pool_slots',
    help: 'Slots of a worker pool',
    labelNames: ['pool', 'kind'],
    registers,
  })
  const clients = new Gauge({ name: 'signalbox_socket_clients', help: 'Connected sockets', registers })

  const inbox = new Gauge({
    name: 'signalbox_inbox_connected',
    help: 'Devices connected to the inbox, and the users that they belong to',
    labelNames: ['kind'],
    registers,
  })

  /** By state and channel, since they were last told: one passes here for every message and state. */
  const moved = new Map(COUNTED_STATES.map((state) => [state, new Map<Channel, number>()]))
  const unsubscribe = [...moved].map(([state, counts]) =>
    engine.events.on(`message:${state}`, ({ channel }) => {
      counts.set(channel, (counts.get(channel) ?? 0) + 1)
    }),
  )

  return {
    contentType: registry.contentType,
    observe: (method, route, status, ms) => durations.observe(method, route, status, ms),
    async text(gauges) {
      const { queues, pools } = gauges.figures()
      for (const [queue, figures] of Object.entries(queues)) {
        for (const [state, count] of Object.entries(figures)) depth.set({ queue, state }, count)
      }
      for (const [pool, figures] of Object.entries(pools)) {
        slots.set({ pool, kind: 'active' }, figures.activeCount)
        slots.set({ pool, kind: 'size' }, figures.poolSize)
        slots.set({ pool, kind: 'max' }, figures.maxPoolSize)
      }
      clients.set(gauges.socketClients())
      for (const [kind, count] of Object.entries(gauges.inbox())) inbox.set({ kind }, count)
      for (const [state, counts] of moved) {
        for (const [channel, count] of counts) messages.inc({ channel, state }, count)
        counts.clear()
      }
      return `${await registry.metrics()}\n${durations.text()}`
    },
    close() {
      for (const off of unsubscribe) off()
      registry.clear()
    },
  }
}
