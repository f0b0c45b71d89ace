// @vitest-environment node
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ApiError, request, type RequestOptions } from './http.ts'

const schema = z.object({ id: z.int() })
let server: Server
let base: string
let seen: { method: string; url: string; type: string | undefined; body: string }
let reply: (request: IncomingMessage) => { status: number; body: string }

beforeAll(async () => {
  server = createServer((incoming, response) => {
    void text(incoming).then((body) => {
      seen = { method: incoming.method ?? '', url: incoming.url ?? '', type: incoming.headers['content-type'], body }
      const { status, body: answer } = reply(incoming)
      response.writeHead(status).end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const answer = (status: number, body: unknown) => {
  reply = () => ({ status, body: typeof body === 'string' ? body : JSON.stringify(body) })
}
const call = (init?: RequestOptions) => request(schema, `${base}/api/things`, init)

async function failureOf(init?: RequestOptions): Promise<ApiError> {
  const error: unknown = await call(init).then(
    () => null,
    (cause: unknown) => cause,
  )
  if (error instanceof ApiError) return error
  throw new Error(`expected an ApiError, got ${String(error)}`)
}

describe('a request', () => {
  it('resolves with the data of the envelope', async () => {
    answer(200, { code: 0, message: 'ok', data: { id: 7 } })
    await expect(call()).resolves.toEqual({ id: 7 })
    expect(seen).toMatchObject({ method: 'GET', url: '/api/things', type: undefined })
  })

  it('sends a body as JSON and leaves out what is not set in the query', async () => {
    answer(200, { code: 0, message: 'ok', data: { id: 7 } })
    await call({ method: 'POST', body: { a: 1 }, query: { limit: 5, before: undefined, name: 'a b' } })
    expect(seen).toEqual({
      method: 'POST',
      url: '/api/things?limit=5&name=a+b',
      type: 'application/json',
      body: '{"a":1}',
    })
  })

  it('rejects with what the server said, by name, field and time', async () => {
    const issues = [{ path: 'name', expected: 'a name', got: 'nothing', message: 'expected a name, got nothing' }]
    const details = { error: 'invalid', issues, retry_after_ms: 1500 }
    answer(422, { code: 42201, message: 'expected a name, got nothing', data: null, details })
    expect(await failureOf()).toMatchObject({
      name: 'invalid',
      status: 422,
      message: 'expected a name, got nothing',
      issues,
      retryAfterMs: 1500,
    })
  })

  it('tells an answer that is no JSON, or not what the contract says, from a refusal', async () => {
    answer(502, '<html>')
    expect(await failureOf()).toMatchObject({ name: 'bad_reply', status: 502 })
    answer(200, { code: 0, message: 'ok', data: { id: 'seven' } })
    expect(await failureOf()).toMatchObject({ name: 'bad_reply', status: 200 })
  })

  it('tells a server that is not there', async () => {
    const error: unknown = await request(schema, 'http://127.0.0.1:1/').catch((cause: unknown) => cause)
    expect(error).toMatchObject({ name: 'unreachable', status: 0 })
  })

  it('rejects with the reason when it is aborted', async () => {
    const reason = new Error('left the page')
    await expect(call({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})
