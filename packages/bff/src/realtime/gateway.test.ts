import { feedTickSchema, monitorSnapshotSchema, monitorTickSchema, WATCHES_PER_SOCKET } from '@signalbox/contracts'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'
import { ask, bytesRead, connected, heard, openViewer } from '../../test/support/viewer.ts'

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
