import { connect } from 'node:net'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

const PATH = '/api/messages/send'

describe('a body', () => {
  it.each([
    ['text that is not JSON', '{"template_id": 1,', {}, 400, 'malformed_json'],
    ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'malformed_json'],
    [
      'a form',
      'template_id=1',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'unsupported_content_type',
    ],
    ['plain text', '{}', { 'content-type': 'text/plain' }, 415, 'unsupported_content_type'],
    ['another charset', '{}', { 'content-type': 'application/json; charset=utf-16' }, 415, 'unsupported_content_type'],
    ['a packed one', '{}', { 'content-encoding': 'gzip' }, 415, 'unsupported_content_type'],
    ['more than the limit', `"${'x'.repeat(256 * 1024)}"`, {}, 413, 'body_too_large'],
    ['null', 'null', {}, 422, 'invalid'],
    ['a list', '[]', {}, 422, 'invalid'],
  ])('of %s is refused, and stores nothing', async (_name, body, headers, status, error) => {
    const server = await openServer()
    const reply = await server.call(PATH, { method: 'POST', body, headers })
    expect(reply).toMatchObject({ status, body: { data: null, details: { error } } })
    expect(await server.stored()).toBe(0)
  })

  it('may come with a charset, and none at all is an empty one', async () => {
    const server = await openServer()
    const headers = { 'content-type': 'application/json; charset=UTF-8' }
    expect((await server.call(PATH, { method: 'POST', body: '{}', headers })).status).toBe(422)
    expect((await server.call(PATH, { method: 'POST' })).body.details.issues?.[0]?.path).toBe('template_id')
  })

  it('never comes back in an error', async () => {
    const server = await openServer()
    const reply = await server.call(PATH, { method: 'POST', body: '{"variables": {"code": "hunter2"' })
    expect(reply.status).toBe(400)
    expect(reply.text).not.toContain('hunter2')
  })

  it('of unknown length is cut at the limit', async () => {
    const server = await openServer()
    const { port, hostname } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.on('error', () => undefined)
    socket.write(
      `POST ${PATH} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    )
    const chunk = 'x'.repeat(64 * 1024)
    for (let i = 0; i < 5; i++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`)
    const [reply] = (await once(socket, 'data')) as [Buffer]
    expect(reply.toString()).toMatch(/^HTTP\/1\.1 413 /)
    await once(socket, 'close')
  })
})

describe('a path or method', () => {
  it.each([
    ['GET', '/api/nothing', 404, 'not_found'],
    ['GET', '/api/%zz', 404, 'not_found'],
    ['POST', '/nothing', 404, 'not_found'],
    ['GET', '/api/messages/send', 405, 'method_not_allowed'],
    ['DELETE', '/api/messages/templates', 405, 'method_not_allowed'],
    ['PATCH', '/api/messages/12345', 405, 'method_not_allowed'],
    ['POST', '/metrics', 405, 'method_not_allowed'],
  ])('%s %s is refused in the envelope', async (method, path, status, error) => {
    const server = await openServer()
    const reply = await server.call(path, { method })
    expect(reply).toMatchObject({ status, body: { data: null, details: { error } } })
    if (status === 405) expect(reply.headers.allow).toBeTruthy()
  })
})
