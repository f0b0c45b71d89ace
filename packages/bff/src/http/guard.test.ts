import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

describe('the loopback rule', () => {
  it.each([
    'evil.example',
    'evil.example:%port',
    '127.0.0.1',
    'localhost:1',
    '127.0.0.1.nip.io:%port',
    '0.0.0.0:%port',
  ])('refuses every call with Host %s', async (host) => {
    const server = await openServer()
    const { port } = new URL(server.url)
    for (const path of ['/health', '/api/messages', '/', '/docs/', '/metrics']) {
      const reply = await server.call(path, { headers: { host: host.replace('%port', port) } })
      expect(reply).toMatchObject({ status: 403, body: { details: { error: 'forbidden_host' } } })
    }
  })

  it.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'])('answers to %s with its own port', async (name) => {
    const server = await openServer()
    const { port } = new URL(server.url)
    expect((await server.call('/health', { headers: { host: `${name}:${port}` } })).status).toBe(200)
  })

  const own = { 'sec-fetch-site': 'same-origin' }
  it.each<[string, Record<string, string>, number]>([
    ['of a foreign Origin', { origin: 'https://evil.example' }, 403],
    ['of another port on this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['of a null Origin', { origin: 'null' }, 403],
    ['that a foreign page sends', { 'sec-fetch-site': 'cross-site' }, 403],
    ['that a page of another port sends', { 'sec-fetch-site': 'same-site' }, 403],
    ['that a foreign page sends in our name', { 'sec-fetch-site': 'cross-site', origin: '%own' }, 403],
    ['of our own page', own, 422],
    ['of our own Origin', { origin: '%own' }, 422],
    ['typed by the user', { 'sec-fetch-site': 'none' }, 422],
    ['of a program that is no browser', {}, 422],
  ])('judges a change %s', async (_name, headers, status) => {
    const server = await openServer()
    const sent = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('%own', server.url)]),
    )
    const calls: [string, string][] = [
      ['POST', '/api/messages/send'],
      ['POST', '/api/messages/templates'],
      ['PUT', '/api/services/x'],
      ['DELETE', '/api/messages/templates/x'],
    ]
    for (const [method, path] of calls) {
      const reply = await server.call(path, { method, headers: sent, body: {} })
      expect([path, reply.status]).toEqual([path, status])
      if (status === 403) expect(reply.body.details.error).toBe('forbidden_origin')
    }
    expect(await server.stored()).toBe(0)
  })

  it('lets the Vite server in front of it pass during development', async () => {
    const server = await openServer({ server: { devOrigin: 'http://localhost:5173' } })
    const headers = { host: 'localhost:5173', origin: 'http://localhost:5173' }
    expect((await server.call('/api/messages/send', { method: 'POST', headers, body: {} })).status).toBe(422)
    const plain = await openServer()
    expect((await plain.call('/api/messages/send', { method: 'POST', headers, body: {} })).status).toBe(403)
  })
})
