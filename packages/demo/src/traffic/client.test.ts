import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createApiClient } from './client.ts'

interface Reply {
  status: number
  headers?: Record<string, string>
  body?: object
}
const OK: Reply = { status: 202, body: { code: 0, message: 'accepted', data: {} } }

let server: Server | undefined
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  if (server) await once(server, 'close')
  server = undefined
})

/** Answers with the replies one after another, the last one for ever; `drop` breaks the connection. */
async function answering(...replies: (Reply | 'drop')[]) {
  const requests: { method: string; path: string; body: string }[] = []
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      requests.push({ method: request.method ?? '', path: request.url ?? '', body })
      const reply = replies.length > 1 ? replies.shift() : replies[0]
      if (!reply || reply === 'drop') return request.socket.destroy()
      response.writeHead(reply.status, reply.headers).end(JSON.stringify(reply.body ?? { message: 'no' }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function client(url: string, signal = new AbortController().signal) {
  const problems: string[] = []
  return { problems, ...createApiClient({ url, signal, retryMs: 1, onRefused: (problem) => problems.push(problem) }) }
}

const BODY = { template_id: 1, recipient: '13800138000', variables: { code: '1' }, idempotency_key: 'k' }

describe('the demo’s API client', () => {
  it('posts JSON to the send call', async () => {
    const { url, requests } = await answering(OK)
    expect(await client(url).send(BODY)).toBe(true)
    expect(requests).toEqual([{ method: 'POST', path: '/api/messages/send', body: JSON.stringify(BODY) }])
  })

  it.each([429, 503])('waits as %i says and sends the same again', async (status) => {
    const { url, requests } = await answering({ status, headers: { 'retry-after': '0' } }, OK)
    expect(await client(url).send(BODY)).toBe(true)
    expect(requests.map(({ body }) => body)).toEqual([JSON.stringify(BODY), JSON.stringify(BODY)])
  })

  it('sends the same again when the answer was lost: the key makes it one message', async () => {
    const { url, requests } = await answering('drop', OK)
    expect(await client(url).send(BODY)).toBe(true)
    expect(requests).toHaveLength(2)
  })

  it('does not repeat what is refused, and says why', async () => {
    const { url, requests } = await answering({ status: 422, body: { message: 'expected code, got nothing' } })
    const { send, problems } = client(url)
    expect(await send(BODY)).toBe(false)
    expect(requests).toHaveLength(1)
    expect(problems).toEqual(['POST /api/messages/send: 422 expected code, got nothing'])
  })

  it('gives up after five tries', async () => {
    const { url, requests } = await answering('drop')
    const { send, problems } = client(url)
    expect(await send(BODY)).toBe(false)
    expect(requests).toHaveLength(5)
    expect(problems).toEqual(['POST /api/messages/send: given up after 5 tries'])
  })

  it('begins nothing after it was stopped, not even a wait', async () => {
    const { url, requests } = await answering({ status: 429, headers: { 'retry-after': '60' } })
    const stop = new AbortController()
    const { send } = client(url, stop.signal)
    const sending = send(BODY)
    await once(server!, 'request')
    stop.abort()
    expect(await sending).toBe(false)
    expect(await send(BODY)).toBe(false)
    expect(requests).toHaveLength(1)
  })

  it('is ready when the server says so, not before', async () => {
    const { url, requests } = await answering('drop', { status: 503, headers: { 'retry-after': '0' } }, { status: 200 })
    expect(await client(url).ready()).toBe(true)
    expect(requests.map(({ path }) => path)).toEqual(['/health', '/health', '/health'])
  })
})
