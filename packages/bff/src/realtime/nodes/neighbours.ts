/** This node and the others on the same store: what each told, put together. Where there can be only one, that one alone. */
import type { InboxPresence, Link, Node } from '@signalbox/contracts'
import type { Clock, Engine, LiveFigures } from '@signalbox/engine'
import { performance } from 'node:perf_hooks'
import type { Instant } from '../../present/instant.ts'
import { mergeFigures } from './merge.ts'
import type { Part } from './part.ts'
import { createPeers } from './peers.ts'
import { createRoster } from './roster.ts'

export interface Neighbours {
  /** There may be others. */
  readonly several: boolean
  /** Of all nodes that are heard, this one's as given. */
  figures(own: LiveFigures): Promise<LiveFigures>
  nodes(): Promise<Node[]>
  links(): Link[]
  /** Of all nodes. A user with devices at two of them counts at both. */
  inbox(): InboxPresence
  /** Somebody looks at the feed of another node. */
  readonly feedWanted: boolean
  /** False: nothing is heard of the others now. */
  readonly carried: boolean
  /** Begins to tell the others. */
  start(): void
  /** Somebody began to look here. */
  wake(): void
  close(): void
}

export interface NeighboursDeps {
  engine: Pick<Engine, 'cluster' | 'stats' | 'settings'>
  clock: Pick<Clock, 'monotonic' | 'after'>
  instant: Instant
  looking(): Part['looking']
  /** Operators' screens that are connected here. */
  screens(): number
  /** Devices that are connected here. */
  presence(): InboxPresence
  /** It was told how this node stands. */
  onTold(): void
}

export function createNeighbours(deps: NeighboursDeps): Neighbours {
  const { clock, instant, looking, screens, presence, onTold } = deps
  const { cluster, stats, settings } = deps.engine
  const { bus, self } = cluster
  let feedWanted = false
  let busy = performance.eventLoopUtilization()
  let eventLoopPercent = 0

  function own(): Omit<Part, 'lease' | 'everyMs'> {
    const inbox = presence()
    return {
      ...stats.live(),
      looking: looking(),
      leads: cluster.leads,
      works: self.role !== 'api',
      eventLoopPercent,
      sockets: screens() + inbox.devices,
      inbox,
    }
  }

  /** Since it was last told. */
  function measure(): void {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, busy)
    busy = now
    eventLoopPercent = Math.min(100, Math.max(0, utilization * 100))
  }

  const peers =
    bus &&
    createPeers({
      ...{ bus, clock, lease: self.lease },
      tickMs: () => settings.values.monitorTickMs,
      own() {
        measure()
        return own()
      },
      onTold() {
        feedWanted = peers?.lookedAt().feed ?? false
        onTold()
      },
    })
  const others = (): Part[] => peers?.parts() ?? []
  const roster = createRoster({
    ...{ cluster, clock, instant },
    parts: () => [{ ...own(), lease: self.lease, everyMs: 1 }, ...others()],
  })

  return {
    several: bus !== null,
    async figures(given) {
      if (!peers) return given
      return mergeFigures([{ ...given, works: self.role !== 'api' }, ...others()], cluster.unowned)
    },
    async nodes() {
      if (!peers) measure()
      return roster.list()
    },
    // Whichever was reached first.
    links: () =>
      cluster.links
        .map(({ name, up, problem }) => ({ name, up, problem }))
        .sort((a, b) => a.name.localeCompare(b.name)),
    inbox() {
      const all = [presence(), ...others().map(({ inbox }) => inbox)]
      return {
        users: all.reduce((sum, { users }) => sum + users, 0),
        devices: all.reduce((sum, { devices }) => sum + devices, 0),
      }
    },
    get feedWanted() {
      return feedWanted
    },
    get carried() {
      return peers?.carried ?? true
    },
    start: () => peers?.start(),
    wake: () => peers?.wake(),
    close: () => peers?.close(),
  }
}
