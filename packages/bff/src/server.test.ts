import { once } from '@signalbox/engine'
import { adapters } from '@signalbox/channels'
import { embedded } from '@signalbox/engine/embedded'
import { once as nodeOnce } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../test/support/server.ts'
import { connected, heard, openViewer } from '../test/support/viewer.ts'
import { startServer } from './server.ts'

function sendBody(templateId: number) {
  return { template_id: templateId, recipient: '+8613800138000', variables: { code: '1' } }
}

describe('the server', () => {
  it('binds to this machine only', async () => {
    const { folder } = await openServer()
    const engine = { driver: embedded({ folder: `${folder}/other` }), adapters: adapters() }
    await expect(startServer({ engine, port: 0, host: '0.0.0.0' })).rejects.toThrow(/set HOST=127\.0\.0\.1/)
  })

  it('lets the data folder go when its port is taken', async () => {
    const server = await openServer()
    const port = Number(new URL(server.url).port)
    const engine = () => ({ driver: embedded({ folder: `${server.folder}/other` }), adapters: adapters() })
    await expect(startServer({ engine: engine(), port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
    const free = await startServer({ engine: engine(), port: 0 })
    await free.close()
  })

  it('gives each reply its id, security headers where pages are, and nothing about itself', async () => {
    const server = await openServer()
    const reply = await server.call('/api/messages', { headers: { 'x-request-id': 'caller-7' } })
    expect(reply.headers).toMatchObject({
      'x-request-id': 'caller-7',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    })
    expect(reply.headers['x-powered-by']).toBeUndefined()
    expect(reply.headers['strict-transport-security']).toBeUndefined()
    const strange = await server.call('/api/messages', { headers: { 'x-request-id': 'a b<c>' } })
    expect(strange.headers['x-request-id']).toMatch(/^[\w-]+$/)
  })

  it('logs what was called and how it went, never what was said', async () => {
    const server = await openServer()
    const body = { ...sendBody(await server.template()), variables: { code: 'hunter2' } }
    await server.post('/api/messages/send', body)
    await server.post('/api/messages/send', { ...body, recipient: 'ann@example.com' })
    await server.call('/api/messages?recipient=%2B8613800138000')
    await server.call('/health')
    const requests = server.log.filter((line) => line['msg'] === 'request')
    expect(requests).toMatchObject([
      { level: 30, method: 'POST', route: '/api/messages/send', status: 202 },
      { level: 30, method: 'POST', route: '/api/messages/send', status: 422 },
      { level: 30, method: 'GET', route: '/api/messages', status: 200 },
      { level: 20, method: 'GET', route: '/health', status: 200 },
    ])
    for (const line of requests) expect(line).toMatchObject({ ms: expect.any(Number), request_id: expect.any(String) })
    expect(JSON.stringify(server.log)).not.toMatch(/hunter2|13800138000|ann@example/)
  })

  it('tells nothing of a defect but its request id, and logs the stack', async () => {
    const server = await openServer()
    server.engine.stats.overview = () => Promise.reject(new Error('a secret of the inside'))
    const reply = await server.call('/api/messages/statistics/overview', { headers: { 'x-request-id': 'bad-1' } })
    expect(reply).toMatchObject({
      status: 500,
      body: { code: 50_001, details: { error: 'internal', request_id: 'bad-1' } },
    })
    expect(reply.text).not.toContain('secret')
    const [line] = server.log.filter((entry) => entry['msg'] === 'internal error')
    expect(line).toMatchObject({ request_id: 'bad-1', err: { stack: expect.stringContaining('a secret') as string } })
  })

  it('says how to build the dashboard where there is none, and shows it for every page where there is', async () => {
    const server = await openServer()
    for (const path of ['/', '/monitor', '/traces/msg_0']) {
      const page = await server.call(path)
      if (page.status === 503) expect(page.text).toContain('npx -y pnpm@10.34.9 build')
      else expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } })
      expect(page.headers['content-security-policy']).toContain("script-src 'self'")
    }
    for (const path of ['/assets/none.js', '/api/none', '/docs/none'])
      expect((await server.call(path)).status).toBe(404)
  })
})

describe('stopping', { timeout: 20_000 }, () => {
  it.each(['polling', 'websocket'])('says bye over %s with a time to come back, and closes', async (transport) => {
    const server = await openServer()
    const viewer = openViewer(server.url, { transports: [transport] })
    await connected(viewer)
    const bye = heard(viewer, 'bye')
    const gone = new Promise<string>((resolve) => viewer.once('disconnect', resolve))
    await server.close()
    expect((await bye).reconnect_in_ms).toBeGreaterThanOrEqual(250)
    // Not `io server disconnect`: after that a client would not come back by itself.
    expect(await gone).toMatch(/^transport/)
  })

  it('is idempotent, quick with nothing to do, and takes no new connection', async () => {
    const server = await openServer()
    const startedAt = performance.now()
    await Promise.all([server.close(), server.close()])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    await expect(server.call('/health')).rejects.toThrow('ECONNREFUSED')
  })

  it('does not wait for a viewer that has stopped reading', async () => {
    const server = await openServer()
    const { port, hostname } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n' +
        `Host: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2lnbmFsYm94LXNpZ25hbA==\r\n\r\n',
    )
    const [reply] = (await nodeOnce(socket, 'data')) as [Buffer]
    expect(reply.toString()).toMatch(/^HTTP\/1\.1 101 /)
    socket.pause()
    const startedAt = performance.now()
    await server.close()
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    socket.destroy()
  })

  it('under load loses nothing that was acknowledged, and stores nothing that was not', async () => {
    const server = await openServer({ sandbox: { latency_ms: { min: 20, max: 20 } } })
    const templateId = await server.template()
    const acknowledged = new Set<number>()
    const twoHundred = once(server.engine.events, 'message:accepted', () => acknowledged.size >= 200)
    const clients = Array.from({ length: 20 }, () => sendUntilRefused(server, templateId, acknowledged))
    await twoHundred
    await server.close()
    const refusals = await Promise.all(clients)
    for (const refusal of refusals)
      expect(refusal).toMatch(/^(503 not_accepting|ECONNREFUSED|ECONNRESET|socket hang up)$/)
    expect(refusals).toContain('503 not_accepting')

    const stored = await recordIds(server.folder)
    expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
    expect(stored.size).toBe(acknowledged.size)
  })
})

/** One client on one kept connection. Gives what ended it. */
async function sendUntilRefused(server: TestServer, templateId: number, acknowledged: Set<number>): Promise<string> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const payload = JSON.stringify(sendBody(templateId))
  try {
    for (;;) {
      const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'content-length': payload.length }
        const sent = request(`${server.url}/api/messages/send`, { agent, method: 'POST', headers }, (response) => {
          let text = ''
          response.on('data', (chunk: Buffer) => (text += chunk.toString()))
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text })).on('error', reject)
        })
        sent.on('error', reject).end(payload)
      })
      const reply = JSON.parse(text) as { data: { record_id: number }; details?: { error: string } }
      if (status !== 202) return `${status} ${reply.details?.error}`
      acknowledged.add(reply.data.record_id)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return code ?? message
  } finally {
    agent.destroy()
  }
}

async function recordIds(folder: string): Promise<Set<number>> {
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(`${folder}/signalbox.db`)
  const rows = database.prepare('SELECT record_id FROM message_records').all()
  const unknown = database
    .prepare("SELECT COUNT(*) AS n FROM message_records WHERE status IN ('unknown', 'sending')")
    .get()
  database.close()
  expect(unknown?.['n']).toBe(0)
  return new Set(rows.map((row) => Number(row['record_id'])))
}
