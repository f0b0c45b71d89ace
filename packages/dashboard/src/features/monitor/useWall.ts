/**
 * Keeps the wall current while its page is open.
 *
 * 1. Fetches the snapshot, and applies the ticks that came meanwhile on top of it.
 * 2. Fetches it again after a gap, another server process, a reconnect, or a time in the background.
 * 3. Leaves the feed's room while the tab is hidden.
 */
import { monitorSnapshotSchema, type FeedTick, type MonitorSnapshot, type MonitorTick } from '@signalbox/contracts'
import { useDocumentVisibility } from '@vueuse/core'
import { computed, onScopeDispose, shallowRef, watch } from 'vue'
import { request } from '../../api/http.ts'
import { useMonitorSocket } from '../../api/socket.ts'
import { useAsync } from '../../lib/async.ts'
import { setDisplayZone } from '../../lib/time.ts'
import { useNow } from '../../lib/useNow.ts'
import { useSystem } from '../../shell/system.ts'
import { applyFeedTick, EMPTY_FEED, feedFromSnapshot } from './feed.ts'
import { freshnessOf } from './freshness.ts'
import { isStalled, MOVING, nextStall } from './stall.ts'
import { applyTick, replay, wallOf, type Wall } from './wall.ts'

/** Ticks kept while a snapshot is on its way; with more than these it is late enough to be a gap anyway. */
const BACKLOG = 60
/** A server that cannot be followed is asked for snapshots no faster than this, ms. */
const RESYNC_EVERY_MS = 2000

export function useWall(resyncEveryMs = RESYNC_EVERY_MS) {
  const socket = useMonitorSocket()
  const system = useSystem()
  const wall = shallowRef<Wall | null>(null)
  const feed = shallowRef(EMPTY_FEED)
  const stall = shallowRef(MOVING)
  const receivedAt = shallowRef(0)
  const now = useNow()
  const snapshot = useAsync((signal) => request(monitorSnapshotSchema, '/api/monitor/snapshot', { signal }))
  let backlog: MonitorTick[] = []
  let feedBacklog: FeedTick[] = []
  let askedAt = -Infinity
  /** Set from the decision to fetch until the snapshot is in. */
  let asking: ReturnType<typeof setTimeout> | undefined
  let left = false

  function resync(): void {
    if (asking !== undefined) return
    const inMs = Math.max(0, askedAt + resyncEveryMs - performance.now())
    asking = setTimeout(() => void fetchSnapshot(), inMs)
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
    const replayed = replay(wallOf(fetched), backlog)
    const ticks = feedBacklog
    backlog = []
    feedBacklog = []
    if (replayed.kind !== 'applied') return resync()
    showWall(replayed.wall)
    setDisplayZone(fetched.time_zone)
    system.demoFigures = fetched.demo
    feed.value = feedFromSnapshot(feed.value, fetched.seq, fetched.feed)
    for (const tick of ticks) takeFeedTick(tick)
  }

  function takeTick(tick: MonitorTick): void {
    if (!wall.value || asking !== undefined) {
      backlog = [...backlog, tick].slice(-BACKLOG)
      return
    }
    const result = applyTick(wall.value, tick)
    if (result.kind === 'applied') return showWall(result.wall)
    if (result.kind === 'old') return
    backlog = [tick]
    resync()
  }

  function takeFeedTick(tick: FeedTick): void {
    if (asking !== undefined) {
      feedBacklog = [...feedBacklog, tick].slice(-BACKLOG)
      return
    }
    const next = applyFeedTick(feed.value, tick)
    if (next === 'gap') resync()
    else feed.value = next
  }

  function showWall(next: Wall): void {
    wall.value = next
    receivedAt.value = Date.now()
    system.figuresAt = receivedAt.value
    stall.value = nextStall(stall.value, next.stats, receivedAt.value)
  }

  /** In the room (again): what is on screen may have missed something. */
  function joined(): void {
    if (wall.value && freshness.value !== 'fresh') resync()
  }

  const freshness = computed(() =>
    wall.value ? freshnessOf(Math.max(0, now.value - receivedAt.value), wall.value.tickMs) : 'lost',
  )

  socket.subscribe('stats', { event: takeTick, joined })
  let leaveFeed = () => {}
  watch(
    useDocumentVisibility(),
    (visibility, before) => {
      leaveFeed()
      leaveFeed = () => {}
      if (visibility === 'hidden') return
      leaveFeed = socket.subscribe('feed', { event: takeFeedTick, joined: () => {} })
      if (before === 'hidden') resync()
    },
    { immediate: true },
  )
  resync()
  onScopeDispose(() => {
    left = true
    leaveFeed()
    clearTimeout(asking)
    system.figuresAt = null
  })

  return {
    wall,
    feed,
    /** Of the first snapshot: nothing to show until it is ready. */
    snapshot,
    freshness,
    link: socket.link,
    stalled: computed(() => (isStalled(stall.value, now.value) ? stall.value : null)),
    now,
    ageMs: computed(() => (receivedAt.value === 0 ? null : Math.max(0, now.value - receivedAt.value))),
  }
}
