/**
 * The figures of the wall, computed once per tick for all viewers, over all nodes.
 *
 * 1. computes them at each tick while somebody looks, and every 5 s when nobody does: the rewind goes on;
 * 2. works out a range only while somebody looks at it;
 * 3. numbers every computation (`seq`), so that a viewer who missed one notices, and tells what changed after any number;
 * 4. hands out what changed, and the messages that moved, per room;
 * 5. tells other nodes what moved here while their feed is looked at, and hears theirs while this one's is.
 */
import {
  FEED_ROWS,
  RANGES,
  SLOW_MS,
  STATS_ROOMS,
  type CatchUp,
  type CatchUpReply,
  type FeedRoom,
  type FeedTick,
  type MonitorRoom,
  type MonitorSnapshot,
  type MonitorTick,
  type Range,
  type StatsRoom,
} from '@signalbox/contracts'
import type { Clock, Engine, MessageRecord, MonitorFigures } from '@signalbox/engine'
import type { Logger } from 'pino'
import { randomUUID } from 'node:crypto'
import { presentMessage } from '../present/message.ts'
import { presentCommon, presentHeld, presentRange, rangeOf, type Common, type Ranged } from '../present/monitor.ts'
import type { View } from '../present/view.ts'
import { createFeed, isFailure } from './feed.ts'
import { createFeedRing } from './feed-ring.ts'
import { hearMoves, tellMoves, type HeardRow } from './nodes/moves.ts'
import type { Neighbours } from './nodes/neighbours.ts'
import { createSections } from './sections.ts'

/** Whoever carries ticks to viewers. */
export interface Audience {
  viewers(room: MonitorRoom): number
  /** Called once before the ticks of one computation. */
  begin(): void
  tick(room: StatsRoom, tick: MonitorTick): void
  feed(room: FeedRoom, tick: FeedTick): void
}

export interface Monitor {
  readonly seq: number
  readonly epoch: string
  /** Of all nodes; at most a tick old. */
  figures(): Promise<MonitorFigures>
  /** Whether somebody looks at this node's wall, and at its feed. */
  looking(): { wall: boolean; feed: boolean }
  /** Other nodes hear what moved here since the last call, if somebody looks at their feed. */
  tellMoves(): void
  /** At most a tick old; ticks with a higher `seq` apply on top of it. */
  snapshot(range?: Range): Promise<MonitorSnapshot>
  /** What a viewer of the room has missed. */
  catchUp(from: CatchUp): CatchUpReply
  /** Computes and publishes the next tick now. Calls during a computation share it. */
  advance(): Promise<void>
  /** Ticks go to this audience as long as it has viewers; `wake` tells that it has. */
  serve(audience: Audience): void
  wake(): void
  close(): void
}

export interface MonitorOptions {
  demo: boolean
  log: Logger
  clock: Pick<Clock, 'monotonic'>
  neighbours: Neighbours
  /** Hears of the wall as it stands, every 5 s. */
  record?: (snapshot: MonitorSnapshot, at: number) => void
}

interface Computed {
  at: number
  figures: MonitorFigures
  common: Common
  ranged: Partial<Record<Range, Ranged>>
}

const NOBODY: Audience = { viewers: () => 0, begin: () => undefined, tick: () => undefined, feed: () => undefined }
/** A range that was asked for is worked out for this long, until its viewer has joined the room. */
const ASKED_FOR_MS = 15_000
/**
 * What other nodes say of the feed may be lost, and none say anything until they have heard that somebody looks: the newest
 * messages are read from the store after so long, and more often while nothing is heard.
 */
const READ_EVERY_MS = { heard: 10_000, unheard: 2_000 } as const

export const rangeOfRoom = (room: StatsRoom): Range => (room.split(':')[1] ?? 'today') as Range
const isSlow = (room: MonitorRoom): boolean => room.startsWith('slow')

export async function createMonitor(engine: Engine, view: View, options: MonitorOptions): Promise<Monitor> {
  const epoch = randomUUID()
  const common = createSections<Common>()
  const ranged = Object.fromEntries(RANGES.map((range) => [range, createSections<Ranged>()])) as Record<
    Range,
    ReturnType<typeof createSections<Ranged>>
  >
  const { clock, neighbours } = options
  const { bus, self } = engine.cluster
  const feed = createFeed<MessageRecord | HeardRow>((item) => ('row' in item ? item.row : presentMessage(item, view)))
  const forOthers = createFeed<MessageRecord, HeardRow>((record) => {
    const { id, state, fence, updatedAt } = record
    return { id, state, fence, updatedAt, row: presentMessage(record, view) }
  })
  const ring = createFeedRing()
  const askedFor = new Map<Range, number>()
  let audience = NOBODY
  let seq = 0
  let last: Computed | null = null
  let computing: Promise<Computed> | null = null
  let slow = { at: -Infinity, seq: 0 }
  let timer: NodeJS.Timeout | null = null
  let closed = false

  const feedViewers = (): number => audience.viewers('feed') + audience.viewers('slow:feed')
  const unsubscribe = engine.events.on('message:changed', (record) => {
    feed.note(record, feedViewers() > 0)
    if (neighbours.feedWanted) forOthers.note(record, true)
  })
  await readFeed(false)
  let stopHearing: (() => void) | null = null
  let readAt = -Infinity

  async function readFeed(collect: boolean): Promise<void> {
    const { messages } = await engine.messages.search({ limit: FEED_ROWS })
    for (const record of messages) feed.noteLater(record, collect)
  }

  /** Hears the other nodes while somebody looks at the feed here. */
  function attend(): void {
    if (!bus) return
    if (feedViewers() === 0) {
      stopHearing?.()
      stopHearing = null
      return
    }
    if (stopHearing) return
    readAt = clock.monotonic() - READ_EVERY_MS.heard + READ_EVERY_MS.unheard
    stopHearing = hearMoves(bus, self.lease, ({ rows, changed, failures }) => {
      for (const row of rows) feed.noteLater(row, true)
      const failed = rows.filter(({ row }) => isFailure(row)).length
      feed.count({ changed: Math.max(0, changed - rows.length), failures: Math.max(0, failures - failed) })
    })
  }

  async function readFeedInTime(): Promise<void> {
    if (!stopHearing) return
    const everyMs = neighbours.carried ? READ_EVERY_MS.heard : READ_EVERY_MS.unheard
    if (clock.monotonic() - readAt < everyMs) return
    readAt = clock.monotonic()
    await readFeed(true)
  }

  const tickMs = (): number => engine.settings.values.monitorTickMs
  const someLive = (): boolean =>
    audience.viewers('feed') > 0 || STATS_ROOMS.some((room) => !isSlow(room) && audience.viewers(room) > 0)
  const intervalMs = (): number => (someLive() ? tickMs() : Math.max(tickMs(), SLOW_MS))

  function wantedRanges(): Range[] {
    const watched = new Set(STATS_ROOMS.filter((room) => audience.viewers(room) > 0).map(rangeOfRoom))
    return RANGES.filter((range) => range === 'today' || watched.has(range) || askedLately(range))
  }

  const askedLately = (range: Range): boolean => performance.now() - (askedFor.get(range) ?? -Infinity) < ASKED_FOR_MS
  const someWatch = (): boolean => feedViewers() > 0 || STATS_ROOMS.some((room) => audience.viewers(room) > 0)

  async function compute(): Promise<Computed> {
    // Whoever asked, the next beat is a whole tick from here: two ticks at once would outrun the slowest viewers.
    if (timer) schedule(intervalMs())
    attend()
    const ranges = wantedRanges()
    const own = await engine.stats.monitor(ranges)
    const [live, nodes] = await Promise.all([
      neighbours.figures(own),
      neighbours.several ? neighbours.nodes() : [],
      readFeedInTime(),
    ])
    const figures = { ...own, ...live }
    const cluster = { nodes, links: neighbours.links() }
    const sections = presentCommon(figures, engine.alerts.list(), await held(figures), cluster, view)
    const byRange = ranges.map((range) => [range, presentRange(rangeOf(figures, range), view)] as const)
    last = { at: Date.now(), figures, common: sections, ranged: Object.fromEntries(byRange) }
    seq += 1
    common.update(seq, sections)
    for (const [range, each] of byRange) ranged[range].update(seq, each)
    publish(last)
    return last
  }

  /** Counted by channel only while one is paused. */
  async function held({ queues }: MonitorFigures): Promise<Common['held']> {
    const { paused } = engine
    const states = paused.channels.length > 0 ? (await engine.stats.realtime()).messages : []
    return presentHeld(paused, queues, states, view)
  }

  function publish(computed: Computed): void {
    if (feedViewers() > 0) ring.push(seq - 1, seq, feed.flush())
    else ring.clear()
    audience.begin()
    publishTo(false, seq - 1)
    const now = performance.now()
    // Half a tick of tolerance: timers are never early, and rarely on time.
    if (now - slow.at < SLOW_MS - Math.min(tickMs(), SLOW_MS) / 2) return
    publishTo(true, slow.seq)
    slow = { at: now, seq }
    options.record?.(snapshotOf(computed, 'today'), computed.at)
  }

  function publishTo(slowRooms: boolean, since: number): void {
    for (const room of STATS_ROOMS) {
      if (isSlow(room) === slowRooms && audience.viewers(room) > 0) audience.tick(room, tickAfter(room, since))
    }
    const room = slowRooms ? 'slow:feed' : 'feed'
    if (audience.viewers(room) === 0) return
    const tick = feedAfter(since)
    if (tick) audience.feed(room, tick)
    // Less is kept than a slow room slept: from here on it is whole again, and its viewers notice the gap.
    else audience.feed(room, { seq, since: seq, epoch, rows: [], changed: 0, failures: 0 })
  }

  function tickAfter(room: StatsRoom, since: number): MonitorTick {
    const range = rangeOfRoom(room)
    const stats = { ...common.since(since), ...ranged[range].since(since) }
    return { seq, since, computed_at: view.instant(last?.at ?? 0), epoch, range, stats }
  }

  function feedAfter(since: number): FeedTick | null {
    const moves = ring.after(since)
    return moves && { seq, since, epoch, ...moves }
  }

  function next(): Promise<Computed> {
    computing ??= compute().finally(() => {
      computing = null
    })
    return computing
  }

  async function fresh(range: Range = 'today'): Promise<Computed> {
    return last && last.ranged[range] && Date.now() - last.at < tickMs() ? last : next()
  }

  function snapshotOf({ at, common: sections, ranged: byRange }: Computed, range: Range): MonitorSnapshot {
    const own = byRange[range]
    if (!own) throw new Error(`expected figures of the range ${range}, got none`)
    return {
      ...{ seq, computed_at: view.instant(at), epoch, tick_ms: tickMs() },
      ...{ time_zone: engine.settings.values.timeZone, demo: options.demo, range },
      stats: { ...sections, ...own },
      feed: feed.rows(),
    }
  }

  function schedule(inMs: number): void {
    if (timer) clearTimeout(timer)
    if (closed) return
    timer = setTimeout(() => void beat(), inMs).unref()
  }

  async function beat(): Promise<void> {
    schedule(intervalMs())
    try {
      await next()
    } catch (error) {
      if (closed) return
      options.log.warn({ err: error }, 'the figures of the monitor could not be computed; the next tick tries again')
    }
  }

  schedule(0)

  return {
    epoch,
    get seq() {
      return seq
    },
    async figures() {
      return (await fresh()).figures
    },
    looking: () => ({ wall: someWatch() || RANGES.some(askedLately), feed: feedViewers() > 0 }),
    tellMoves() {
      if (bus) tellMoves(bus, self.lease, forOthers.flush())
    },
    async snapshot(range = 'today') {
      const asked = askedLately(range) || someWatch()
      askedFor.set(range, performance.now())
      if (!asked) neighbours.wake()
      // Nobody told of the others' messages while nobody looked.
      if (bus && feedViewers() === 0) await readFeed(false)
      let computed = await fresh(range)
      // The computation that was under way did not know of this range yet.
      if (!computed.ranged[range]) computed = await next()
      return snapshotOf(computed, range)
    },
    catchUp({ room, epoch: theirs, seq: from }) {
      if (theirs !== epoch || from > seq) return { ok: true, seq }
      if (room === 'feed' || room === 'slow:feed') {
        const tick = feedAfter(from)
        return tick ? { ok: true, seq, feed: tick } : { ok: true, seq }
      }
      return last?.ranged[rangeOfRoom(room)] ? { ok: true, seq, tick: tickAfter(room, from) } : { ok: true, seq }
    },
    async advance() {
      await next()
    },
    serve(newAudience) {
      audience = newAudience
    },
    wake() {
      attend()
      neighbours.wake()
      if (last && someLive()) schedule(Math.max(0, Math.min(tickMs(), last.at + tickMs() - Date.now())))
    },
    close() {
      closed = true
      if (timer) clearTimeout(timer)
      unsubscribe()
      stopHearing?.()
    },
  }
}
