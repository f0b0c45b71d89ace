// @vitest-environment node
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  MONITOR_NAMESPACE,
  type MonitorClientEvents,
  type MonitorServerEvents,
  type MonitorTick,
} from '@signalbox/contracts'
import { Server } from 'socket.io'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, watch } from 'vue'
import { createMonitorSocket, type MonitorSocket } from './socket.ts'

const TICK: MonitorTick = {
  seq: 8,
  since: 7,
  range: 'today',
  computed_at: '2025-11-21T09:00:00.000+08:00',
  epoch: 'one',
  stats: {},
}
const FEED_TICK = { seq: 8, since: 7, epoch: 'one', rows: [], changed: 0, failures: 0 }

let http: HttpServer
let io: Server<MonitorClientEvents, MonitorServerEvents>
let socket: MonitorSocket
/** What the server was asked, in order. */
let asked: string[]

const monitor = () => io.of(MONITOR_NAMESPACE)
const heard = (what: string) => vi.waitFor(() => expect(asked).toContain(what))

beforeEach(async () => {
  asked = []
  http = createServer()
  io = new Server(http)
  monitor().on('connection', (viewer) => {
    for (const event of ['join', 'leave', 'watch', 'unwatch'] as const)
      viewer.on(event, async (what: string | number, ack: (reply: { ok: true; seq: number }) => void) => {
        if (event === 'join') await viewer.join(String(what))
        if (event === 'leave') await viewer.leave(String(what))
        ack({ ok: true, seq: 7 })
        asked.push(`${event} ${what}`)
      })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  socket = createMonitorSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
})

afterEach(async () => {
  socket.close()
  await io.close()
})

const subscriber = () => ({ event: vi.fn<(tick: unknown) => void>(), joined: vi.fn<() => void>() })
const watcher = () => vi.fn<() => void>()

describe('the socket', () => {
  it('joins a room for its subscriber, says so and brings what is sent there', async () => {
    const viewer = subscriber()
    socket.subscribe('stats', viewer)
    await vi.waitFor(() => expect(viewer.joined).toHaveBeenCalledOnce())
    expect(socket.link.value).toBe('connected')
    monitor().to('stats').emit('tick', TICK)
    await vi.waitFor(() => expect(viewer.event).toHaveBeenCalledWith(TICK))
  })

  it('leaves the room with its last subscriber', async () => {
    const first = subscriber()
    const last = subscriber()
    const releaseFirst = socket.subscribe('feed', first)
    const releaseLast = socket.subscribe('feed', last)
    await vi.waitFor(() => expect(last.joined).toHaveBeenCalled())
    releaseFirst()
    monitor().to('feed').emit('feed', FEED_TICK)
    await vi.waitFor(() => expect(last.event).toHaveBeenCalledWith(FEED_TICK))
    expect(first.event).not.toHaveBeenCalled()
    expect(asked).not.toContain('leave feed')
    releaseLast()
    await heard('leave feed')
  })

  it('releases what was subscribed when the scope ends', async () => {
    const scope = effectScope()
    scope.run(() => {
      socket.subscribe('stats', subscriber())
      socket.watch(42, watcher())
    })
    await heard('watch 42')
    scope.stop()
    await vi.waitFor(() => expect(asked).toEqual(expect.arrayContaining(['leave stats', 'unwatch 42'])))
  })

  it('comes back when the server says, joins again and tells that something may be missing', async () => {
    const viewer = subscriber()
    const moved = watcher()
    const links: string[] = []
    watch(socket.link, (link) => links.push(link), { flush: 'sync' })
    socket.subscribe('stats', viewer)
    socket.watch(42, moved)
    await vi.waitFor(() => expect(moved).toHaveBeenCalledOnce())
    for (const connected of monitor().sockets.values()) {
      connected.emit('bye', { reconnect_in_ms: 10 })
      connected.conn.close()
    }
    await vi.waitFor(() => expect(viewer.joined).toHaveBeenCalledTimes(2))
    await vi.waitFor(() => expect(moved).toHaveBeenCalledTimes(2))
    expect(links).toEqual(['connected', 'disconnected', 'connected'])
  })

  it('tries again when a server that is full has said', async () => {
    await vi.waitFor(() => expect(socket.link.value).toBe('connected'))
    let full = true
    monitor().use((_viewer, next) => {
      if (!full) return next()
      full = false
      next(Object.assign(new Error('expected fewer viewers at once'), { data: { come_back_in_ms: 10 } }))
    })
    const begun = performance.now()
    const late = createMonitorSocket(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
    await vi.waitFor(() => expect(late.link.value).toBe('connected'))
    expect(full).toBe(false)
    // Not the seconds after which it would have tried without being told.
    expect(performance.now() - begun).toBeLessThan(1_900)
    late.close()
  })

  it('tells a watcher when its message moves, and nobody else', async () => {
    const one = watcher()
    const other = watcher()
    socket.watch(1, one)
    socket.watch(2, other)
    await vi.waitFor(() => expect(other).toHaveBeenCalledOnce())
    monitor().emit('trace', { record_id: 1 })
    await vi.waitFor(() => expect(one).toHaveBeenCalledTimes(2))
    expect(other).toHaveBeenCalledOnce()
  })
})
