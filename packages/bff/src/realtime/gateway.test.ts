import {
  feedTickSchema,
  monitorSnapshotSchema,
  monitorTickSchema,
  WATCHES_PER_SOCKET,
  type CatchUp,
  type CatchUpReply,
  type MonitorRoom,
} from '@signalbox/contracts'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, vi } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'
import { ask, bytesRead, connected, heard, openViewer, type ViewerSocket } from '../../test/support/viewer.ts'

/** The shortest tick that the settings allow. */
async function quick(): Promise<TestServer> {
  const server = await openServer()
  await server.engine.settings.set('monitor.tick_ms', '200')
  return server
}

async function send(server: TestServer, change: object = {}): Promise<number> {
  const [template] = await server.engine.templates.list()
  const body = {
    template_id: template?.id ?? (await server.template()),
    recipient: '+8613800138000',
    variables: { code: '1' },
  }
  return (await server.post('/api/messages/send', { ...body, ...change })).body.data.record_id
}

describe('the monitor', { timeout: 20_000 }, () => {
  it('starts from a snapshot and goes on in ticks, numbered without a gap', async () => {
    const server = await quick()
    const id = await send(server, { delay_ms: 3_600_000 })
    const viewer = openViewer(server.url)
    await connected(viewer)
    expect(await ask(viewer, 'join', 'stats')).toMatchObject({ ok: true })
    await ask(viewer, 'join', 'feed')

    const seqs: number[] = []
    viewer.on('tick', ({ seq }) => seqs.push(seq))
    const third = heard(viewer, 'tick', () => seqs.length >= 3)
    const { body } = await server.call('/api/monitor/snapshot')
    expect(monitorSnapshotSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data).toMatchObject({ tick_ms: 200, demo: false, feed: [{ record_id: id, status: 'scheduled' }] })

    const tick = await third
    expect(monitorTickSchema.safeParse(tick).error).toBeUndefined()
    expect(tick.epoch).toBe(body.data.epoch)
    const first = seqs[0] ?? 0
    expect(seqs).toEqual([first, first + 1, first + 2])
    expect(first).toBeLessThanOrEqual(body.data.seq + 1)
  })

  it('gives the snapshot over the socket too, for who was answered by another node over HTTP', async () => {
    const server = await quick()
    const viewer = openViewer(server.url)
    const { epoch } = await heard(viewer, 'hello')
    const reply = await ask(viewer, 'snapshot', { range: '7d' })
    expect(reply).toMatchObject({ ok: true, snapshot: { epoch, range: '7d' } })
    expect(await ask(viewer, 'snapshot', { range: 'ever' })).toMatchObject({ ok: false })
  })

  it('sends what changed and nothing else', async () => {
    const server = await quick()
    await server.template()
    const viewer = openViewer(server.url)
    await connected(viewer)
    await ask(viewer, 'join', 'stats')
    await heard(viewer, 'tick')
    expect((await heard(viewer, 'tick')).stats).toEqual({})
    const changed = heard(viewer, 'tick', ({ stats }) => stats.conservation?.accepted === 1)
    await send(server, { delay_ms: 3_600_000 })
    expect((await changed).stats).not.toHaveProperty('trend')
  })

  it('carries the rows that moved, in the same numbers', async () => {
    const server = await quick()
    await server.template()
    const viewer = openViewer(server.url)
    await connected(viewer)
    await ask(viewer, 'join', 'feed')
    const moved = heard(viewer, 'feed', ({ rows }) => rows.some((row) => row.status === 'sent'))
    const id = await send(server)
    const feed = await moved
    expect(feedTickSchema.safeParse(feed).error).toBeUndefined()
    expect(feed.rows[0]).toMatchObject({ record_id: id, recipient: '+86138****8000', service: 'Sandbox sms' })
  })

  it('tells who watches a message that it moved, and stops when asked', async () => {
    const server = await quick()
    await server.template()
    const id = await send(server, { delay_ms: 3_600_000 })
    const viewer = openViewer(server.url)
    await connected(viewer)
    expect(await ask(viewer, 'watch', id)).toMatchObject({ ok: true })
    const told = heard(viewer, 'trace')
    await server.post(`/api/messages/${id}/cancel`, {})
    expect(await told).toEqual({ record_id: id })
    expect(await ask(viewer, 'unwatch', id)).toMatchObject({ ok: true })
  })

  it('fits 50 rows into 8 KB', async () => {
    const server = await quick()
    await server.template({ name: 'Order confirmation with a longer name' })
    const recipients = Array.from({ length: 60 }, (_, i) => `+86138${String(10_000_000 + i * 7919)}`)
    const batch = { template_id: 1, recipients, variables_list: recipients.map((_, i) => ({ code: String(i) })) }
    expect((await server.post('/api/messages/send-batch', batch)).status).toBe(202)
    const { text, body } = await server.call('/api/monitor/snapshot')
    expect(body.data.feed).toHaveLength(50)
    expect(gzipSync(text).length).toBeLessThan(8 * 1024)
    const packed = await server.call('/api/monitor/snapshot', { headers: { 'accept-encoding': 'gzip' } })
    expect(packed.headers['content-encoding']).toBe('gzip')
  })
})

describe('a viewer that missed something', { timeout: 20_000 }, () => {
  async function joined(server: TestServer, ...rooms: MonitorRoom[]) {
    const viewer = openViewer(server.url)
    await connected(viewer)
    for (const room of rooms) await ask(viewer, 'join', room)
    return viewer
  }

  it('gets what changed since, figures and rows, without a snapshot', async () => {
    const server = await quick()
    await server.template()
    const viewer = await joined(server, 'stats', 'feed')
    const { seq, epoch } = await heard(viewer, 'tick')
    const told = heard(viewer, 'tick', ({ stats }) => stats.conservation?.accepted === 1)
    const id = await send(server, { delay_ms: 3_600_000 })
    await told

    const figures = await catchUp(viewer, { room: 'stats', epoch, seq })
    expect(monitorTickSchema.safeParse(figures.tick).error).toBeUndefined()
    expect(figures.tick).toMatchObject({ since: seq, seq: figures.seq, stats: { conservation: { accepted: 1 } } })
    expect(figures.tick?.stats).not.toHaveProperty('trend')
    const rows = await catchUp(viewer, { room: 'feed', epoch, seq })
    expect(feedTickSchema.safeParse(rows.feed).error).toBeUndefined()
    expect(rows.feed).toMatchObject({ since: seq, rows: [{ record_id: id, status: 'scheduled' }] })
  })

  it('is sent to the snapshot by another process, by a number to come and for rows of too long ago', async () => {
    const server = await quick()
    const viewer = await joined(server, 'stats', 'feed')
    const { seq, epoch } = await heard(viewer, 'tick')
    const others: CatchUp[] = [
      { room: 'stats', epoch: 'another', seq },
      { room: 'stats', epoch, seq: seq + 1000 },
      { room: 'feed', epoch, seq: 0 },
      { room: 'stats:7d', epoch, seq },
    ]
    for (const from of others) {
      const reply = await catchUp(viewer, from)
      expect([reply.tick, reply.feed]).toEqual([undefined, undefined])
    }
    expect(await ask(viewer, 'catch_up', { room: 'stats' })).toMatchObject({ ok: false })
  })

  it('on a slow link hears every 5 s all that changed meanwhile', async () => {
    const server = await quick()
    await server.template()
    const viewer = await joined(server, 'slow', 'slow:feed')
    const first = await heard(viewer, 'tick')
    const next = heard(viewer, 'tick')
    const moved = heard(viewer, 'feed', ({ rows }) => rows.length > 0)
    const id = await send(server, { delay_ms: 3_600_000 })
    const tick = await next
    expect(tick).toMatchObject({ since: first.seq, stats: { conservation: { accepted: 1 } } })
    expect(Date.parse(tick.computed_at) - Date.parse(first.computed_at)).toBeGreaterThan(4_000)
    expect(await moved).toMatchObject({ rows: [{ record_id: id }], changed: 1 })
  })

  it('is told on arrival when to come back, no two at once', async () => {
    const server = await openServer()
    const hellos = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const viewer = openViewer(server.url)
        return heard(viewer, 'hello')
      }),
    )
    const times = hellos.map(({ reconnect_in_ms }) => reconnect_in_ms).sort((a, b) => a - b)
    expect(times).toEqual([250, 266, 282, 298, 314])
    expect(new Set(hellos.map(({ epoch }) => epoch)).size).toBe(1)
  })
})

describe('what is paused', { timeout: 20_000 }, () => {
  it('stands on the wall with how much waits for it, and only of that channel', async () => {
    const server = await quick()
    await server.template()
    const viewer = openViewer(server.url)
    await connected(viewer)
    await ask(viewer, 'join', 'stats')
    const told = heard(viewer, 'tick', ({ stats }) => stats.held?.channels[0]?.waiting === 2)
    await server.call('/api/channels/sms/pause', { method: 'POST' })
    await server.call('/api/channels/email/pause', { method: 'POST' })
    await send(server)
    await send(server)
    expect((await told).stats.held).toEqual({
      channels: [
        { channel: 'sms', since: expect.any(String) as string, waiting: 2 },
        { channel: 'email', since: expect.any(String) as string, waiting: 0 },
      ],
      queues: [],
    })
    const over = heard(viewer, 'tick', ({ stats }) => stats.held?.channels.length === 0)
    await server.call('/api/channels/sms/resume', { method: 'POST' })
    await server.call('/api/channels/email/resume', { method: 'POST' })
    await over
  })

  it('tells a paused queue with what stands in it', async () => {
    const server = await quick()
    await server.template()
    await server.call('/api/queues/message.send/pause', { method: 'POST' })
    await send(server)
    await vi.waitFor(async () => {
      const { body } = await server.call('/api/monitor/snapshot')
      expect(body.data.stats.held).toMatchObject({ channels: [], queues: [{ queue: 'message.send', waiting: 1 }] })
    }, 10_000)
  })
})

describe('a crowd', { timeout: 20_000 }, () => {
  it('that comes at once is let in by at most 100 in any second, and nobody is sent away', async () => {
    const server = await openServer()
    const cameIn: number[] = []
    const crowd = Array.from({ length: 180 }, () => openViewer(server.url, { transports: ['websocket'] }))
    for (const viewer of crowd) viewer.on('connect', () => cameIn.push(performance.now()))
    await Promise.all(crowd.map(connected))
    cameIn.forEach((from, i) => {
      expect(cameIn.slice(i).filter((at) => at < from + 1000).length).toBeLessThanOrEqual(100)
    })
  })
})

describe('the figures', { timeout: 20_000 }, () => {
  it('are worked out once per tick and range, however many look', async () => {
    const server = await quick()
    const monitor = vi.spyOn(server.engine.stats, 'monitor')
    const viewers = Array.from({ length: 12 }, () => openViewer(server.url))
    await Promise.all(viewers.map(connected))
    await Promise.all(viewers.map((viewer, i) => ask(viewer, 'join', i % 2 ? 'stats' : 'stats:7d')))
    await Promise.all(viewers.map((viewer) => heard(viewer, 'tick')))
    const [before] = await Promise.all([
      heard(viewers[0] as ViewerSocket, 'tick'),
      heard(viewers[1] as ViewerSocket, 'tick'),
    ])
    const calls = monitor.mock.calls.length
    const third = await heard(viewers[0] as ViewerSocket, 'tick', ({ seq }) => seq === before.seq + 3)
    expect(third.range).toBe('7d')
    expect(monitor.mock.calls.length - calls).toBeLessThanOrEqual(4)
    expect(monitor.mock.lastCall).toEqual([['today', '7d']])
  })

  it.each(['today', '24h', '7d'] as const)('of %s begin with a snapshot of their own', async (range) => {
    const server = await openServer()
    const { body } = await server.call(`/api/monitor/snapshot?range=${range}`)
    expect(monitorSnapshotSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data.range).toBe(range)
    expect((await server.call('/api/monitor/snapshot?range=year')).status).toBe(422)
  })
})

/** Asks for what was missed. */
async function catchUp(viewer: ViewerSocket, from: CatchUp): Promise<Extract<CatchUpReply, { ok: true }>> {
  const reply: CatchUpReply = await ask(viewer, 'catch_up', from)
  if (!reply.ok) throw new Error(reply.message)
  return reply
}

describe('the wire', { timeout: 20_000 }, () => {
  it('carries a tick and 50 rows in less than 15 KiB', async () => {
    const server = await quick()
    await server.template()
    const viewer = openViewer(server.url, { transports: ['websocket'] })
    await connected(viewer)
    const full = heard(viewer, 'feed', ({ rows }) => rows.length === 50)
    await Promise.all([ask(viewer, 'join', 'stats'), ask(viewer, 'join', 'feed')])
    const before = bytesRead(viewer)
    const recipients = Array.from({ length: 500 }, (_, i) => `+86138${String(10_000_000 + i * 7919)}`)
    const batch = { template_id: 1, recipients, variables_list: recipients.map((_, i) => ({ code: String(i) })) }
    await server.post('/api/messages/send-batch', batch)
    expect(JSON.stringify(await full).length).toBeGreaterThan(20_000)
    expect(bytesRead(viewer) - before).toBeLessThan(15 * 1024)
  })
})

describe('a viewer', { timeout: 20_000 }, () => {
  it.each([
    ['join', 'kitchen', /expected the argument to be one of stats, .*feed/],
    ['join', { room: 'stats' }, /expected the argument to be one of/],
    ['watch', 'x', /expected the argument to be a number/],
    ['watch', -1, /at least 1/],
  ] as const)('is told what is wrong with %s %j', async (event, payload, message) => {
    const server = await openServer()
    const viewer = openViewer(server.url)
    await connected(viewer)
    const reply = await ask(viewer, event, payload)
    expect(reply).toMatchObject({ ok: false, message: expect.stringMatching(message) as string })
  })

  it('may watch ten messages', async () => {
    const server = await openServer()
    const viewer = openViewer(server.url)
    await connected(viewer)
    for (let id = 1; id <= WATCHES_PER_SOCKET; id++) expect(await ask(viewer, 'watch', id)).toMatchObject({ ok: true })
    expect(await ask(viewer, 'watch', 99)).toMatchObject({ ok: false })
  })

  it.each([
    ['far too many questions', 200, 1],
    ['a huge question', 1, 100_000],
  ])('is cut for %s', async (_name, count, size) => {
    const server = await openServer()
    const viewer = openViewer(server.url, { transports: ['websocket'] })
    await connected(viewer)
    const cut = new Promise((resolve) => viewer.once('disconnect', resolve))
    for (let i = 0; i < count; i++) viewer.emit('join', 'x'.repeat(size) as never, () => undefined)
    await cut
    expect((await server.call('/health')).status).toBe(200)
  })

  it('that does not read is cut, and costs the others nothing', async () => {
    const server = await quick()
    const reader = openViewer(server.url, { transports: ['websocket'] })
    await connected(reader)
    await ask(reader, 'join', 'stats')
    const session = await joinByPolling(server)
    // From here on it never asks again.
    let ticks = 0
    await heard(reader, 'tick', () => ++ticks === 8)
    expect((await server.call(session)).text).toContain('Session ID unknown')
    expect(reader.connected).toBe(true)
  })
})

/** A viewer over bare HTTP, so that it can stop reading. Gives the path under which it would go on. */
async function joinByPolling(server: TestServer): Promise<string> {
  const path = '/socket.io/?EIO=4&transport=polling'
  const opened = await server.call(path)
  const { sid } = JSON.parse(opened.text.slice(1)) as { sid: string }
  const session = `${path}&sid=${sid}`
  const say = (packet: string) =>
    server.call(session, { method: 'POST', body: packet, headers: { 'content-type': 'text/plain' } })
  await say('40/monitor,')
  expect((await server.call(session)).text).toContain('40/monitor')
  await say('42/monitor,0["join","stats"]')
  expect((await server.call(session)).text).toContain('"ok":true')
  return session
}

describe('a handshake', { timeout: 20_000 }, () => {
  const REFUSED = [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example:%port' },
    { host: 'evil.example:%port', origin: 'http://evil.example:%port' },
  ]
  const fill = (headers: object, port: string) =>
    JSON.parse(JSON.stringify(headers).replaceAll('%port', port)) as Record<string, string>

  it('over WebSocket is refused to foreign pages and re-pointed names', async () => {
    const server = await openServer()
    const open = (extraHeaders: Record<string, string>) =>
      connected(openViewer(server.url, { transports: ['websocket'], extraHeaders }))
    for (const headers of REFUSED) {
      await expect(open(fill(headers, new URL(server.url).port))).rejects.toThrow('websocket error')
    }
    expect(server.log.filter((line) => line['msg'] === 'socket refused')).toHaveLength(REFUSED.length)
    await expect(open({ origin: server.url })).resolves.toBeUndefined()
    await expect(open({})).resolves.toBeUndefined()
  })

  it('over polling is refused to them too', async () => {
    const server = await openServer()
    const open = (headers: Record<string, string>) => server.call('/socket.io/?EIO=4&transport=polling', { headers })
    for (const headers of REFUSED) {
      expect((await open(fill(headers, new URL(server.url).port))).status).toBe(403)
    }
    expect((await open({ origin: server.url })).status).toBe(200)
    expect((await open({ 'sec-fetch-site': 'same-origin' })).status).toBe(200)
  })

  it.each(['/', '/inbox'])('does not lead to %s', async (namespace) => {
    const server = await openServer()
    await expect(connected(openViewer(server.url, {}, namespace))).rejects.toThrow(/namespace/)
  })
})
