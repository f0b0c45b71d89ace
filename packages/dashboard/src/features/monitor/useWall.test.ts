import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  MONITOR_NAMESPACE,
  type CatchUp,
  type CatchUpReply,
  type FeedTick,
  type MonitorClientEvents,
  type MonitorServerEvents,
  type MonitorSnapshot,
  type Range,
  type SystemHealth,
} from '@signalbox/contracts'
import { createPinia, setActivePinia } from 'pinia'
import { Server } from 'socket.io'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, shallowRef, type EffectScope } from 'vue'
import { standAt } from '../../../test/support/address.ts'
import { row, stats } from '../../../test/support/figures.ts'
import { visibleRows } from './feed.ts'
import { useWall } from './useWall.ts'

const HEALTH: SystemHealth = {
  status: 'healthy',
  services: { total: 0, available: 0, utilizationRate: 0 },
  queues: { central: 0, pending: 0, processing: 0 },
  performance: { throughput: 0, avgResponseTime: null, errorRate: null },
  inbox: { users: 0, devices: 0 },
  nodes: { total: 1, silent: 0 },
  links: [],
  problems: [],
  version: '0.1.0',
  uptimeSeconds: 1,
  demo: false,
  timeZone: 'Asia/Shanghai',
}

let http: HttpServer
let io: Server<MonitorClientEvents, MonitorServerEvents>
let snapshots: number
let seq: number
let epoch: string
/** Of who answers over HTTP, where that is another than the one at the socket. */
let epochElsewhere: string | null
let rows: ReturnType<typeof row>[]
let scope: EffectScope
let catchUps: CatchUp[]
let catchUp: (from: CatchUp) => CatchUpReply
const range = shallowRef<Range>('today')
const slow = shallowRef(false)

function snapshot(): MonitorSnapshot {
  return {
    seq,
    epoch,
    computed_at: '2025-11-21T09:00:00.000+08:00',
    tick_ms: 1000,
    time_zone: 'Asia/Shanghai',
    demo: false,
    range: range.value,
    stats: stats({ rates: { accepted: seq, ended: 0, failed: 0 } }),
    feed: rows,
  }
}

/** As the server does once a second. */
function tick(feed: Partial<FeedTick> = {}): void {
  seq += 1
  const computed_at = '2025-11-21T09:00:01.000+08:00'
  const room = io.of(MONITOR_NAMESPACE)
  room.to('stats').emit('tick', {
    ...{ seq, since: seq - 1, epoch, computed_at, range: 'today' },
    stats: { rates: { accepted: seq, ended: 0, failed: 0 } },
  })
  room.to('feed').emit('feed', { seq, since: seq - 1, epoch, rows: [], changed: 0, failures: 0, ...feed })
}

const joined = () =>
  vi.waitFor(() => {
    const { rooms } = io.of(MONITOR_NAMESPACE).adapter
    expect([rooms.get('stats')?.size, rooms.get('feed')?.size]).toEqual([1, 1])
  })

function setVisibility(state: DocumentVisibilityState): void {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
  document.dispatchEvent(new Event('visibilitychange'))
}

beforeAll(async () => {
  http = createServer((request, response) => {
    const reply = (data: unknown) => response.end(JSON.stringify({ code: 0, message: 'ok', data }))
    if (request.url === '/api/system/health') return reply(HEALTH)
    if (request.url === '/api/services') return reply([])
    snapshots += 1
    return reply({ ...snapshot(), epoch: epochElsewhere ?? epoch })
  })
  io = new Server(http)
  io.of(MONITOR_NAMESPACE).on('connection', (viewer) => {
    viewer.on('join', async (room, ack) => {
      await viewer.join(room)
      ack({ ok: true, seq })
    })
    viewer.on('catch_up', (from, ack) => {
      catchUps.push(from)
      ack(catchUp(from))
    })
    viewer.on('snapshot', (_query, ack) => ack({ ok: true, snapshot: snapshot() }))
    viewer.on('leave', async (room, ack) => {
      await viewer.leave(room)
      ack({ ok: true, seq })
    })
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/monitor`
  standAt(url)
})
afterAll(() => io.close())

beforeEach(() => {
  snapshots = 0
  catchUps = []
  catchUp = () => ({ ok: false, message: 'expected something recent, got nothing' })
  range.value = 'today'
  slow.value = false
  seq = 7
  epoch = 'one'
  epochElsewhere = null
  rows = [row(2), row(1)]
  setActivePinia(createPinia())
  scope = effectScope()
})
afterEach(() => {
  scope.stop()
  setVisibility('visible')
})

/** Open, in both rooms, and at what the server has. */
async function openWall() {
  const wall = scope.run(() => useWall({ range, slow, resyncEveryMs: 0 }))
  if (!wall) throw new Error('expected a running scope, got a stopped one')
  await vi.waitFor(() => expect(wall.wall.value?.seq).toBe(seq))
  await joined()
  return wall
}

describe('the wall', () => {
  it('shows the snapshot and follows the ticks after it, with no further snapshot', async () => {
    const { wall, feed, freshness } = await openWall()
    expect(visibleRows(feed.value).map(({ record_id }) => record_id)).toEqual([2, 1])
    tick({ rows: [row(3)], changed: 1 })
    tick()
    await vi.waitFor(() => expect(wall.value?.stats.rates.accepted).toBe(9))
    await vi.waitFor(() => expect(visibleRows(feed.value)[0]?.record_id).toBe(3))
    expect([snapshots, freshness.value]).toEqual([1, 'fresh'])
  })

  it('fetches the snapshot again when a tick was missed', async () => {
    const { wall } = await openWall()
    seq += 5
    tick()
    await vi.waitFor(() => expect(wall.value?.seq).toBe(13))
    expect(snapshots).toBe(2)
  })

  it('applies what it missed on top of what it shows, with no snapshot, where the server still has it', async () => {
    const { wall, feed } = await openWall()
    catchUp = ({ room, seq: from }) =>
      room === 'feed'
        ? { ok: true, seq, feed: { seq, since: from, epoch, rows: [row(5)], changed: 1, failures: 0 } }
        : {
            ...{ ok: true, seq },
            tick: {
              ...{ seq, since: from, epoch, range: 'today', computed_at: '2025-11-21T09:00:02.000+08:00' },
              stats: { rates: { accepted: 77, ended: 0, failed: 0 } },
            },
          }
    seq += 5
    tick()
    await vi.waitFor(() => expect(wall.value?.seq).toBe(13))
    expect(wall.value?.stats.rates.accepted).toBe(77)
    await vi.waitFor(() => expect(visibleRows(feed.value)[0]?.record_id).toBe(5))
    expect(catchUps).toEqual(expect.arrayContaining([{ room: 'stats', epoch: 'one', seq: 7 }]))
    expect(snapshots).toBe(1)
  })

  it('changes its room and its snapshot with the range, and ignores a tick of the other', async () => {
    const { wall } = await openWall()
    range.value = '24h'
    await vi.waitFor(() => expect(wall.value?.range).toBe('24h'))
    await vi.waitFor(() =>
      expect([...io.of(MONITOR_NAMESPACE).adapter.rooms.keys()]).toEqual(expect.arrayContaining(['stats:24h', 'feed'])),
    )
    expect(io.of(MONITOR_NAMESPACE).adapter.rooms.has('stats')).toBe(false)
    io.of(MONITOR_NAMESPACE).emit('tick', {
      ...{ seq: 8, since: 7, epoch, computed_at: '2025-11-21T09:00:01.000+08:00', range: 'today' },
      stats: { rates: { accepted: 999, ended: 0, failed: 0 } },
    })
    io.of(MONITOR_NAMESPACE).emit('tick', {
      ...{ seq: 8, since: 7, epoch, computed_at: '2025-11-21T09:00:01.000+08:00', range: '24h' },
      stats: { rates: { accepted: 24, ended: 0, failed: 0 } },
    })
    await vi.waitFor(() => expect(wall.value?.stats.rates.accepted).toBe(24))
  })

  it('sits in the slow rooms on a slow link, and calls figures late only then after three of its ticks', async () => {
    slow.value = true
    const wall = scope.run(() => useWall({ range, slow, resyncEveryMs: 0 }))
    await vi.waitFor(() => {
      const { rooms } = io.of(MONITOR_NAMESPACE).adapter
      expect([rooms.has('slow'), rooms.has('slow:feed'), rooms.has('stats')]).toEqual([true, true, false])
    })
    await vi.waitFor(() => expect(wall?.wall.value).not.toBeNull())
    expect(wall?.tickMs.value).toBe(5000)
  })

  it('starts anew with another server process, though its numbers are lower', async () => {
    const { wall } = await openWall()
    epoch = 'two'
    seq = 1
    tick()
    await vi.waitFor(() => expect(wall.value).toMatchObject({ epoch: 'two', seq: 2 }))
    tick()
    await vi.waitFor(() => expect(wall.value?.seq).toBe(3))
  })

  it('leaves the feed while the tab is hidden, and catches up when it is seen again', async () => {
    const { feed } = await openWall()
    setVisibility('hidden')
    await vi.waitFor(() => expect(io.of(MONITOR_NAMESPACE).adapter.rooms.get('feed')).toBeUndefined())
    rows = [row(9), row(8)]
    tick({ rows, changed: 2 })
    setVisibility('visible')
    await joined()
    await vi.waitFor(() => expect(visibleRows(feed.value).map(({ record_id }) => record_id)).toEqual([9, 8]))
  })

  it('leaves both rooms when its page is left', async () => {
    await openWall()
    scope.stop()
    await vi.waitFor(() => {
      const { rooms } = io.of(MONITOR_NAMESPACE).adapter
      expect([rooms.has('stats'), rooms.has('feed')]).toEqual([false, false])
    })
  })
})

describe('the wall of several nodes', () => {
  it('goes on from the node that sends it ticks when another one answered over HTTP', async () => {
    epochElsewhere = 'another'
    io.of(MONITOR_NAMESPACE).emit('hello', { epoch, reconnect_in_ms: 1 })
    const { wall } = await openWall()
    expect(wall.value?.epoch).toBe('one')
    tick()
    await vi.waitFor(() => expect(wall.value?.stats.rates.accepted).toBe(8))
    expect(snapshots).toBe(1)
  })
})
