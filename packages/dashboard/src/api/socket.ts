/**
 * The one socket to the BFF's `/monitor`.
 *
 * 1. Joins a room with its first subscriber, leaves it with its last, and joins again after a reconnect.
 * 2. Says nothing while disconnected, so that nothing bursts out on reconnect.
 * 3. Tells subscribers when they may have missed something (`joined`); they then ask for it (`catchUp`) or fetch.
 * 4. Comes back from a lost connection when the server said, so that all its viewers do not come at once.
 */
import {
  comeBackLaterSchema,
  MONITOR_NAMESPACE,
  type BulkJob,
  type CatchUp,
  type CatchUpReply,
  type FeedRoom,
  type FeedTick,
  type FollowList,
  type ListChange,
  type MonitorClientEvents,
  type MonitorRoom,
  type MonitorServerEvents,
  type MonitorSnapshot,
  type MonitorTick,
  type Range,
  type StatsRoom,
} from '@signalbox/contracts'
import { io, type Socket } from 'socket.io-client'
import { getCurrentScope, onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

export type Link = 'connecting' | 'connected' | 'disconnected'

type ClientSocket = Socket<MonitorServerEvents, MonitorClientEvents>
type TickOf<R extends MonitorRoom> = R extends FeedRoom ? FeedTick : MonitorTick

interface Subscriber<R extends MonitorRoom> {
  event(tick: TickOf<R>): void
  /** In the room now, for the first time or again: what came before was missed. */
  joined(): void
}

export interface MonitorSocket {
  readonly link: Readonly<Ref<Link>>
  /** Returns the function that releases; the scope's end does so too. */
  subscribe<R extends MonitorRoom>(room: R, subscriber: Subscriber<R>): () => void
  /** What a room brought since; null when the server cannot tell, or is not there. */
  catchUp(from: CatchUp): Promise<Extract<CatchUpReply, { ok: true }> | null>
  /** The snapshot of the server at the other end; null when that did not answer. */
  snapshot(range: Range): Promise<MonitorSnapshot | null>
  /** Of the server process at the other end; null while there is none. */
  epoch(): string | null
  /** Follows one message: `onChange` when it has moved, or may have moved unseen. Released like `subscribe`. */
  watch(recordId: number, onChange: () => void): () => void
  /** `onChange` with the id of a template that was changed; with null when some may have been, unseen. Released like `subscribe`. */
  onTemplate(onChange: (id: number | null) => void): () => void
  /**
   * Follows one list; the last one counts. `onChange` also tells at once what was missed before, so after a lost connection
   * nothing is to be fetched. Released like `subscribe`.
   */
  followList(list: FollowList, onChange: (change: ListChange) => void): () => void
  /** `onChange` when saved views changed, or may have unseen. Released like `subscribe`. */
  onViews(onChange: () => void): () => void
  /** Bulk actions as they go, while a list is followed; null when some may have gone unseen. Released like `subscribe`. */
  onBulk(onChange: (job: BulkJob | null) => void): () => void
  close(): void
}

const FIRST_RETRY_MS = 500
const JITTER = 0.5
/** Between this and twice this, drawn per client: at one common maximum the back-off's own jitter is clipped away. */
const LAST_RETRY_MS = 4_000
/** A server that does not answer within this is asked for the snapshot instead, ms. */
const CATCH_UP_MS = 3_000

/** @param origin of the server; the page's own by default */
export function createMonitorSocket(origin = ''): MonitorSocket {
  const lastRetryMs = LAST_RETRY_MS * (1 + Math.random())
  const socket: ClientSocket = io(origin + MONITOR_NAMESPACE, {
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: FIRST_RETRY_MS,
    reconnectionDelayMax: lastRetryMs,
  })
  const link = shallowRef<Link>('connecting')
  const rooms = new Map<MonitorRoom, Set<Subscriber<StatsRoom> | Subscriber<FeedRoom>>>()
  const watchers = new Map<number, Set<() => void>>()
  const templateListeners = new Set<(id: number | null) => void>()
  const viewListeners = new Set<() => void>()
  const bulkListeners = new Set<(job: BulkJob | null) => void>()
  let followed: { list: FollowList; onChange: (change: ListChange) => void } | null = null
  let epoch: string | null = null
  let wasConnected = false
  let comeBack: ReturnType<typeof setTimeout> | undefined

  function joinRoom(room: MonitorRoom): void {
    if (!socket.connected) return
    socket.emit('join', room, (reply) => {
      if (reply.ok) for (const subscriber of rooms.get(room) ?? []) subscriber.joined()
    })
  }

  function follow(recordId: number): void {
    if (!socket.connected) return
    socket.emit('watch', recordId, (reply) => {
      if (reply.ok) notify(recordId)
    })
  }

  function followAgain(): void {
    if (socket.connected && followed) socket.emit('follow_list', followed.list, () => undefined)
  }

  function notify(recordId: number): void {
    for (const onChange of watchers.get(recordId) ?? []) onChange()
  }

  /** A tick does not name its room: a viewer is in one room of each kind. */
  function deliver(tick: MonitorTick | FeedTick, toFeed: boolean): void {
    for (const [room, subscribers] of rooms)
      if (room.endsWith('feed') === toFeed)
        for (const subscriber of subscribers) (subscriber.event as (event: typeof tick) => void)(tick)
  }

  /** socket.io comes back by itself from a lost connection, not from a refusal; a full server says when. */
  function comeBackLater(refusal: unknown): void {
    link.value = 'disconnected'
    clearTimeout(comeBack)
    if (socket.active) return
    const told = comeBackLaterSchema.safeParse((refusal as { data?: unknown } | undefined)?.data)
    const inMs = told.data?.come_back_in_ms ?? LAST_RETRY_MS * (0.5 + Math.random())
    comeBack = setTimeout(() => socket.connect(), inMs)
  }

  /** @param jitter of ours, as a share; none on a time that the server has already spread */
  function comeBackIn(ms: number, jitter: number): void {
    socket.io.reconnectionDelay(ms)
    socket.io.randomizationFactor(jitter)
    socket.io.reconnectionDelayMax(Math.max(lastRetryMs, ms * 1.5))
  }

  socket.on('connect', () => {
    link.value = 'connected'
    comeBackIn(FIRST_RETRY_MS, JITTER)
    for (const room of rooms.keys()) joinRoom(room)
    for (const recordId of watchers.keys()) follow(recordId)
    followAgain()
    if (wasConnected) bulkListeners.forEach((listener) => listener(null))
    viewListeners.forEach((listener) => listener())
    if (wasConnected) templateListeners.forEach((listener) => listener(null))
    wasConnected = true
  })
  socket.on('disconnect', () => {
    epoch = null
    comeBackLater(undefined)
  })
  socket.on('connect_error', comeBackLater)
  socket.on('hello', (hello) => {
    ;({ epoch } = hello)
    comeBackIn(hello.reconnect_in_ms, 0)
  })
  socket.on('bye', ({ reconnect_in_ms }) => comeBackIn(reconnect_in_ms, 0))
  socket.on('tick', (tick) => deliver(tick, false))
  socket.on('feed', (tick) => deliver(tick, true))
  socket.on('template', ({ id }) => templateListeners.forEach((listener) => listener(id)))
  socket.on('views', () => viewListeners.forEach((listener) => listener()))
  socket.on('list', (change) => followed?.onChange(change))
  socket.on('bulk', (job) => bulkListeners.forEach((listener) => listener(job)))
  socket.on('trace', ({ record_id }) => notify(record_id))

  return {
    link: readonly(link),
    subscribe(room, subscriber) {
      const subscribers = (rooms.get(room) ?? new Set()) as Set<typeof subscriber>
      rooms.set(room, subscribers.add(subscriber) as Set<Subscriber<StatsRoom>>)
      joinRoom(room)
      return released(() => {
        if (!subscribers.delete(subscriber) || subscribers.size > 0) return
        rooms.delete(room)
        if (socket.connected) socket.emit('leave', room, () => undefined)
      })
    },
    async catchUp(from) {
      if (!socket.connected) return null
      const reply = await socket
        .timeout(CATCH_UP_MS)
        .emitWithAck('catch_up', from)
        .catch(() => null)
      return reply?.ok ? reply : null
    },
    epoch: () => epoch,
    async snapshot(range) {
      if (!socket.connected) return null
      const reply = await socket
        .timeout(CATCH_UP_MS)
        .emitWithAck('snapshot', { range })
        .catch(() => null)
      return reply?.ok ? reply.snapshot : null
    },
    watch(recordId, onChange) {
      const followers = watchers.get(recordId) ?? new Set()
      watchers.set(recordId, followers.add(onChange))
      if (followers.size === 1) follow(recordId)
      return released(() => {
        if (!followers.delete(onChange) || followers.size > 0) return
        watchers.delete(recordId)
        if (socket.connected) socket.emit('unwatch', recordId, () => undefined)
      })
    },
    onTemplate(onChange) {
      templateListeners.add(onChange)
      return released(() => templateListeners.delete(onChange))
    },
    followList(list, onChange) {
      const following = { list, onChange }
      followed = following
      followAgain()
      return released(() => {
        if (followed !== following) return
        followed = null
        if (socket.connected) socket.emit('unfollow_list', () => undefined)
      })
    },
    onViews(onChange) {
      viewListeners.add(onChange)
      return released(() => viewListeners.delete(onChange))
    },
    onBulk(onChange) {
      bulkListeners.add(onChange)
      return released(() => bulkListeners.delete(onChange))
    },
    close() {
      clearTimeout(comeBack)
      socket.close()
    },
  }
}

function released(release: () => void): () => void {
  if (getCurrentScope()) onScopeDispose(release)
  return release
}

let shared: MonitorSocket | undefined

/** The application's socket; connects with the first call. */
export function useMonitorSocket(): MonitorSocket {
  shared ??= createMonitorSocket()
  return shared
}
