/**
 * Keeps the wall current while its page is open.
 *
 * 1. Fetches the snapshot of the range, and applies the ticks that came meanwhile on top of it.
 * 2. After a gap, a reconnect or a time in the background asks for what it missed; where the server cannot tell, or is
 *    another process, fetches the snapshot again.
 * 3. Takes figures every 5 s and no feed while the tab is hidden; on a slow link both every 5 s.
 */
import {
  monitorSnapshotSchema,
  SLOW_MS,
  type FeedTick,
  type MonitorSnapshot,
  type MonitorTick,
  type Range,
} from '@signalbox/contracts'
import { useDocumentVisibility } from '@vueuse/core'
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { request } from '../../api/http.ts'
import { useMonitorSocket } from '../../api/socket.ts'
import { useAsync } from '../../lib/async.ts'
import { setDisplayZone } from '../../lib/time.ts'
import { useNow } from '../../lib/useNow.ts'
import { useSystem } from '../../shell/system.ts'
import { unclaimed } from './alerts.ts'
import { applyFeedTick, EMPTY_FEED, feedFromSnapshot } from './feed.ts'
import { freshnessOf } from './freshness.ts'
import { feedRoomOf, statsRoomOf } from './rooms.ts'
import { clockError, elapsedBetween, thisMoment, type Moment } from './server-clock.ts'
import { isStalled, MOVING, nextStall } from './stall.ts'
import { applyTick, replay, wallOf, type Wall } from './wall.ts'

/** Ticks kept while a snapshot is on its way; with more than these it is late enough to be a gap anyway. */
const BACKLOG = 60
/** A server that cannot be followed is asked for snapshots no faster than this, ms. */
const RESYNC_EVERY_MS = 2000

export interface WallOptions {
  range: Readonly<Ref<Range>>
  /** Every 5 s, for a slow link. */
  slow: Readonly<Ref<boolean>>
  resyncEveryMs?: number
}

export function useWall({ range, slow, resyncEveryMs = RESYNC_EVERY_MS }: WallOptions) {
  const socket = useMonitorSocket()
  const system = useSystem()
  const visibility = useDocumentVisibility()
  const wall = shallowRef<Wall | null>(null)
  const feed = shallowRef(EMPTY_FEED)
  const stall = shallowRef(MOVING)
  const received = shallowRef<Moment | null>(null)
  const skewMs = shallowRef<number | null>(null)
  const now = useNow()
  const snapshot = useAsync(async (signal) => {
    const wanted = range.value
    const fetched = await request(monitorSnapshotSchema, '/api/monitor/snapshot', { query: { range: wanted }, signal })
    const epoch = socket.epoch()
    if (epoch === null || epoch === fetched.epoch) return fetched
    // Of several nodes another one answered than the one that sends the ticks: they do not go on from its numbers.
    return (await socket.snapshot(wanted)) ?? fetched
  })
  const hidden = computed(() => visibility.value === 'hidden')
  const statsRoom = computed(() => statsRoomOf(range.value, slow.value || hidden.value))
  const feedRoom = computed(() => (hidden.value ? null : feedRoomOf(slow.value)))
  let backlog: MonitorTick[] = []
  let feedBacklog: FeedTick[] = []
  let askedAt = -Infinity
  /** Set from the decision to fetch until the snapshot is in. */
  let asking: ReturnType<typeof setTimeout> | undefined
  let catchingUp = false
  let left = false

  function resync(): void {
    if (asking !== undefined) return
    const inMs = Math.max(0, askedAt + resyncEveryMs - performance.now())
    asking = setTimeout(() => void fetchSnapshot(), inMs)
  }

  /** For somebody who waits for it. */
  function fetchAtOnce(): void {
    clearTimeout(asking)
    asking = undefined
    askedAt = -Infinity
    resync()
  }

  async function fetchSnapshot(): Promise<void> {
    askedAt = performance.now()
    await snapshot.load()
    if (left) return
    asking = undefined
    if (snapshot.error.value) return resync()
    if (snapshot.data.value) takeSnapshot(snapshot.data.value)
  }

  function takeSnapshot(fetched: MonitorSnapshot): void {
    // The range was changed while this one was on its way.
    if (fetched.range !== range.value) return fetchAtOnce()
    const replayed = replay(wallOf(fetched), backlog)
    const ticks = feedBacklog
    backlog = []
    feedBacklog = []
    if (replayed.kind !== 'applied') return resync()
    showWall(replayed.wall, fetched.computed_at)
    setDisplayZone(fetched.time_zone)
    system.demoFigures = fetched.demo
    feed.value = feedFromSnapshot(feed.value, fetched.seq, fetched.feed)
    for (const tick of ticks) takeFeedTick(tick)
  }

  function takeTick(tick: MonitorTick): void {
    if (tick.range !== range.value) return
    if (!wall.value || asking !== undefined || catchingUp) {
      backlog = [...backlog, tick].slice(-BACKLOG)
      return
    }
    const result = applyTick(wall.value, tick)
    if (result.kind === 'applied') return showWall(result.wall, tick.computed_at)
    if (result.kind === 'old') return
    backlog = [tick]
    void catchUp()
  }

  function takeFeedTick(tick: FeedTick): void {
    if (asking !== undefined || catchingUp) {
      feedBacklog = [...feedBacklog, tick].slice(-BACKLOG)
      return
    }
    const next = tick.epoch === wall.value?.epoch ? applyFeedTick(feed.value, tick) : 'gap'
    if (next !== 'gap') feed.value = next
    else if (feedBacklog.push(tick)) void catchUp()
  }

  /** Asks for what was missed; whatever stands in the way of that, the snapshot has it. */
  async function catchUp(): Promise<void> {
    const shown = wall.value
    if (asking !== undefined || catchingUp) return
    if (!shown || shown.range !== range.value) return resync()
    catchingUp = true
    const { epoch } = shown
    const inFeed = feedRoom.value
    const [figures, rows] = await Promise.all([
      socket.catchUp({ room: statsRoom.value, epoch, seq: shown.seq }),
      inFeed ? socket.catchUp({ room: inFeed, epoch, seq: Math.max(0, feed.value.seq) }) : null,
    ])
    catchingUp = false
    if (left || asking !== undefined) return
    const ticks = [...(figures?.tick ? [figures.tick] : []), ...backlog]
    const result = replay(shown, ticks)
    const complete = figures !== null && (rows !== null || !inFeed) && ticks.every((tick) => tick.epoch === epoch)
    if (!complete || result.kind !== 'applied') return resync()
    showWall(result.wall, ticks.at(-1)?.computed_at ?? null)
    const feedTicks = [...(rows?.feed ? [rows.feed] : []), ...feedBacklog]
    backlog = []
    feedBacklog = []
    for (const tick of feedTicks) takeFeedTick(tick)
  }

  function showWall(next: Wall, computedAt: string | null): void {
    wall.value = next
    received.value = thisMoment()
    if (computedAt) skewMs.value = received.value.wall - Date.parse(computedAt)
    system.clockAheadMs = clockError(skewMs.value) ? (skewMs.value ?? 0) : 0
    system.figures = { at: received.value.wall, everyMs: tickMs.value, alerts: unclaimed(next.stats.alerts).length }
    stall.value = nextStall(stall.value, next.stats, received.value.wall)
  }

  /** In the room (again): what is on screen may have missed something. */
  function joined(): void {
    if (wall.value && (freshness.value !== 'fresh' || wall.value.range !== range.value)) void catchUp()
  }

  const tickMs = computed(() => Math.max(wall.value?.tickMs ?? 0, slow.value ? SLOW_MS : 0))
  const ageMs = computed(() => {
    void now.value
    return received.value && elapsedBetween(received.value, thisMoment())
  })
  const freshness = computed(() => (ageMs.value === null ? 'lost' : freshnessOf(ageMs.value, tickMs.value)))

  watch(statsRoom, (room, _before, onCleanup) => onCleanup(socket.subscribe(room, { event: takeTick, joined })), {
    immediate: true,
  })
  watch(
    feedRoom,
    (room, before, onCleanup) => {
      if (!room) return
      onCleanup(socket.subscribe(room, { event: takeFeedTick, joined: () => {} }))
      if (before === null) void catchUp()
    },
    { immediate: true },
  )
  watch(tickMs, (everyMs) => {
    if (system.figures) system.figures = { ...system.figures, everyMs }
  })
  watch(range, () => {
    backlog = []
    if (!snapshot.busy.value) fetchAtOnce()
  })
  resync()
  onScopeDispose(() => {
    left = true
    clearTimeout(asking)
    system.figures = null
  })

  return {
    wall,
    feed,
    /** Of the first snapshot: nothing to show until it is ready. */
    snapshot,
    freshness,
    tickMs,
    link: socket.link,
    stalled: computed(() => (isStalled(stall.value, now.value) ? stall.value : null)),
    now,
    /** The server's clock, ms since the epoch: what times on this screen are compared with. */
    serverNow: computed(() => now.value - system.clockAheadMs),
    clockError: computed(() => clockError(skewMs.value)),
    ageMs,
  }
}
