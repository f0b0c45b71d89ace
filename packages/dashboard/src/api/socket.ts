/**
 * The one socket to the BFF's `/monitor`.
 *
 * 1. Joins a room with its first subscriber, leaves it with its last, and joins again after a reconnect.
 * 2. Says nothing while disconnected, so that nothing bursts out on reconnect.
 * 3. Tells subscribers when they may have missed something (`joined`); they then fetch what they show.
 */
import {
  MONITOR_NAMESPACE,
  type MonitorClientEvents,
  type MonitorRoom,
  type MonitorServerEvents,
} from '@signalbox/contracts'
import { io, type Socket } from 'socket.io-client'
import { getCurrentScope, onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

export type Link = 'connecting' | 'connected' | 'disconnected'

type ClientSocket = Socket<MonitorServerEvents, MonitorClientEvents>
type RoomEvent = { stats: 'tick'; feed: 'feed' }
/** The rooms that the screens join so far. */
type Room = keyof RoomEvent & MonitorRoom
type Event<R extends Room> = Parameters<MonitorServerEvents[RoomEvent[R]]>[0]

interface Subscriber<R extends Room> {
  event(event: Event<R>): void
  /** In the room now, for the first time or again: what came before was missed. */
  joined(): void
}

export interface MonitorSocket {
  readonly link: Readonly<Ref<Link>>
  /** Returns the function that releases; the scope's end does so too. */
  subscribe<R extends Room>(room: R, subscriber: Subscriber<R>): () => void
  /** Follows one message: `onChange` when it has moved, or may have moved unseen. Released like `subscribe`. */
  watch(recordId: number, onChange: () => void): () => void
  close(): void
}

const FIRST_RETRY_MS = 500
/** Between this and twice this, drawn per client: at one common maximum the back-off's own jitter is clipped away. */
const LAST_RETRY_MS = 4_000

/** @param origin of the server; the page's own by default */
export function createMonitorSocket(origin = ''): MonitorSocket {
  const socket: ClientSocket = io(origin + MONITOR_NAMESPACE, {
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    reconnectionDelay: FIRST_RETRY_MS,
    reconnectionDelayMax: LAST_RETRY_MS * (1 + Math.random()),
  })
  const link = shallowRef<Link>('connecting')
  const rooms = { stats: new Set<Subscriber<'stats'>>(), feed: new Set<Subscriber<'feed'>>() }
  const watchers = new Map<number, Set<() => void>>()
  let comeBack: ReturnType<typeof setTimeout> | undefined

  function joinRoom(room: Room): void {
    if (!socket.connected) return
    socket.emit('join', room, (reply) => {
      if (reply.ok) for (const subscriber of rooms[room]) subscriber.joined()
    })
  }

  function follow(recordId: number): void {
    if (!socket.connected) return
    socket.emit('watch', recordId, (reply) => {
      if (reply.ok) notify(recordId)
    })
  }

  function notify(recordId: number): void {
    for (const onChange of watchers.get(recordId) ?? []) onChange()
  }

  /** socket.io comes back by itself from a lost connection, not from a refusal. */
  function comeBackLater(): void {
    link.value = 'disconnected'
    clearTimeout(comeBack)
    if (!socket.active) comeBack = setTimeout(() => socket.connect(), LAST_RETRY_MS * (0.5 + Math.random()))
  }

  socket.on('connect', () => {
    link.value = 'connected'
    socket.io.reconnectionDelay(FIRST_RETRY_MS)
    for (const room of ['stats', 'feed'] as const) if (rooms[room].size > 0) joinRoom(room)
    for (const recordId of watchers.keys()) follow(recordId)
  })
  socket.on('disconnect', comeBackLater)
  socket.on('connect_error', comeBackLater)
  socket.on('bye', ({ reconnect_in_ms }) => socket.io.reconnectionDelay(reconnect_in_ms))
  socket.on('tick', (tick) => rooms.stats.forEach((subscriber) => subscriber.event(tick)))
  socket.on('feed', (tick) => rooms.feed.forEach((subscriber) => subscriber.event(tick)))
  socket.on('trace', ({ record_id }) => notify(record_id))

  return {
    link: readonly(link),
    subscribe(room, subscriber) {
      const subscribers = rooms[room] as Set<typeof subscriber>
      subscribers.add(subscriber)
      joinRoom(room)
      return released(() => {
        if (subscribers.delete(subscriber) && subscribers.size === 0 && socket.connected)
          socket.emit('leave', room, () => undefined)
      })
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

/** `watch` of the application's socket. */
export function watchMessage(recordId: number, onChange: () => void): () => void {
  return useMonitorSocket().watch(recordId, onChange)
}
