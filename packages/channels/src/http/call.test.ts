import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { http, startBadServer, type BadServer } from '../../test/support/bad-server.ts'
import { callProvider, type ProviderRequest } from './call.ts'

const servers: BadServer[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(...options: Parameters<typeof startBadServer>): Promise<BadServer> {
  const server = await startBadServer(...options)
  servers.push(server)
  return server
}

const SECRET = 'hook-2f1e/=key'

function request(url: URL, fields: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    method: 'POST',
    url,
    headers: { 'content-type': 'text/plain', 'x-key': SECRET },
    body: `body with ${SECRET}`,
    secrets: [SECRET],
    deadline: Date.now() + 10_000,
    ...fields,
  }
}

const call = (given: ProviderRequest) => callProvider(given, Date.now)

async function outcomeOf(given: ProviderRequest) {
  const answer = await call(given)
  if (answer.ok) throw new Error(`expected a broken call, got ${answer.reply.status}`)
  return answer.outcome
}

async function replyOf(given: ProviderRequest) {
  const answer = await call(given)
  if (!answer.ok) throw new Error(`expected a reply, got ${answer.outcome.code}: ${answer.outcome.detail}`)
  return answer.reply
}

const notSent = { status: 'failed', category: 'provider_down', scope: 'provider' }

test('sends the bytes it was given and reads the reply as text and as JSON', async () => {
  const server = await start((socket) => socket.write(http('200 OK', { 'x-id': '7' }, '{"id":1988810812324364291}')))
  const reply = await replyOf(request(server.url, { body: '{"名": "\\u540d", "b" : 1}' }))
  expect(server.received[0]).toMatch(/^POST \/path HTTP\/1\.1\r\n/)
  expect(server.received[0]?.split('\r\n\r\n')[1]).toBe('{"名": "\\u540d", "b" : 1}')
  expect(server.received[0]).toContain(`\r\nHost: 127.0.0.1:${server.url.port}\r\n`)
  expect(reply).toMatchObject({ status: 200, text: '{"id":1988810812324364291}', json: { id: '1988810812324364291' } })
  expect(reply.headers['x-id']).toBe('7')
})

test('uses a connection again', async () => {
  const server = await start((socket) => socket.write(http('200 OK', {}, 'ok')))
  await replyOf(request(server.url))
  await replyOf(request(server.url))
  expect(server.received).toHaveLength(1)
})

test('gives a reply of any status, and follows no redirect', async () => {
  const server = await start((socket) => socket.write(http('302 Found', { location: '/elsewhere' }, 'gone')))
  expect(await replyOf(request(server.url))).toMatchObject({ status: 302, text: 'gone', json: undefined })
  expect(server.received.join('')).not.toContain('elsewhere')
})

test('reads Retry-After', async () => {
  const server = await start((socket) => socket.write(http('429 Slow', { 'retry-after': '17' }, '')))
  expect(await replyOf(request(server.url))).toMatchObject({ status: 429, retryAfterMs: 17_000 })
})

test('knows that nothing was sent when the connection is refused', async () => {
  const server = await start(() => undefined)
  await server.close()
  expect(await outcomeOf(request(server.url))).toMatchObject({ ...notSent, code: 'ECONNREFUSED' })
})

test('knows that nothing was sent when the name does not resolve', async () => {
  const outcome = await outcomeOf(request(new URL('https://nowhere.invalid/')))
  expect(outcome).toMatchObject(notSent)
  expect(outcome.code).toMatch(/^(?:ENOTFOUND|EAI_AGAIN)$/)
})

function certificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-tls-'))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
      ...['-keyout', key, '-out', cert, ...names],
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

test('sends nothing, key or body, to a server whose certificate is not good', async () => {
  const pair = certificate()
  const server = await start((socket) => socket.write(http('200 OK', {}, 'ok')), pair)
  const url = new URL(server.url)
  url.hostname = 'localhost'
  expect(await outcomeOf(request(url))).toMatchObject({ ...notSent, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  expect(server.received.join('')).toBe('')

  const known = getCACertificates('default')
  setDefaultCACertificates([...known, pair.cert])
  try {
    expect(await outcomeOf(request(server.url))).toMatchObject({ ...notSent, code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
    expect(server.received.join('')).toBe('')
    expect(await replyOf(request(url))).toMatchObject({ status: 200 })
    expect(await replyOf(request(url))).toMatchObject({ status: 200 })
  } finally {
    setDefaultCACertificates(known)
  }
})

test('knows that nothing was sent when TLS is answered with something else', async () => {
  const server = await start(() => undefined)
  const url = new URL(server.url)
  url.protocol = 'https:'
  expect(await outcomeOf(request(url, { deadline: Date.now() + 300 }))).toMatchObject(notSent)
})

test('calls no private address, by number or by name', async () => {
  for (const host of ['10.0.0.1', '169.254.169.254', '[::ffff:192.168.1.1]', '[fd00::1]']) {
    const outcome = await outcomeOf(request(new URL(`https://${host}/`)))
    expect(outcome).toMatchObject({ status: 'failed', category: 'config', code: 'EPRIVATE' })
  }
})

test('shows no secret that is part of the name of the host', async () => {
  const outcome = await outcomeOf(request(new URL('https://token-2f1e.invalid/'), { secrets: ['token-2f1e'] }))
  expect(outcome.detail).toContain('***.invalid')
  expect(outcome.detail).not.toContain('token-2f1e')
})

test('sends nothing with a key that no header can carry, and does not show it', async () => {
  const server = await start(() => undefined)
  const outcome = await outcomeOf(
    request(server.url, { headers: { 'x-key': `${SECRET}\n` }, secrets: [`${SECRET}\n`] }),
  )
  expect(outcome).toMatchObject({ status: 'failed', category: 'config', code: 'ERR_INVALID_CHAR' })
  expect(outcome.detail).not.toContain(SECRET)
  expect(server.received).toEqual([])
})

test('knows nothing when the server accepts and never answers', async () => {
  const server = await start(() => undefined)
  const outcome = await outcomeOf(request(server.url, { deadline: Date.now() + 150 }))
  expect(outcome).toMatchObject({ status: 'unknown', code: 'ETIMEDOUT' })
  expect(server.received[0]).toContain('body with')
})

test('knows nothing when the answer drips in too slowly', async () => {
  const drip = (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n')
    const timer = setInterval(() => socket.write('.'), 20)
    socket.on('close', () => clearInterval(timer))
  }
  const server = await start(drip)
  const outcome = await outcomeOf(request(server.url, { deadline: Date.now() + 200 }))
  expect(outcome).toMatchObject({ status: 'unknown', code: 'ETIMEDOUT' })
})

test('knows nothing when it is given up after the request left', async () => {
  const abort = new AbortController()
  const server = await start(() => abort.abort())
  const outcome = await outcomeOf(request(server.url, { signal: abort.signal }))
  expect(outcome).toMatchObject({ status: 'unknown', code: 'EABORT' })
})

test('knows that nothing was sent when it is given up before, also where a connection waits', async () => {
  const server = await start((socket) => socket.write(http('200 OK', {}, 'ok')))
  await replyOf(request(server.url))
  const sent = server.received.join('')
  const outcome = await outcomeOf(request(server.url, { signal: AbortSignal.abort() }))
  expect(outcome).toMatchObject({ ...notSent, code: 'EABORT' })
  expect(await outcomeOf(request(server.url, { deadline: 0 }))).toMatchObject({ ...notSent, code: 'ETIMEDOUT' })
  expect(server.received.join('')).toBe(sent)
})

const BROKEN_ANSWERS: Record<string, (socket: Socket) => unknown> = {
  'a reset after the body: ECONNRESET': (socket) => socket.resetAndDestroy(),
  'a close after the body: ECONNRESET': (socket) => socket.end(),
  'half a reply and a close: ECONNRESET': (socket) =>
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Code":'),
  'half a reply and a reset: ECONNRESET': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"Code":', () => socket.resetAndDestroy())
  },
  'garbage in place of HTTP: HPE_INVALID_CONSTANT': (socket) => socket.end('\0\x01\x02 no HTTP at all\r\n\r\n'),
  'headers beyond measure: HPE_HEADER_OVERFLOW': (socket) =>
    socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
  'a reply beyond measure: ETOOBIG': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    const more = () => socket.writable && socket.write(Buffer.alloc(65_536, 'z'), more)
    more()
  },
}

test.each(Object.keys(BROKEN_ANSWERS))('knows nothing after %s', async (name) => {
  const server = await start((socket) => void BROKEN_ANSWERS[name]?.(socket))
  const outcome = await outcomeOf(request(server.url))
  expect(outcome).toMatchObject({ status: 'unknown', code: name.split(': ')[1] })
  expect(outcome.detail).toMatch(/it may have been sent$/)
})

test('knows nothing when a connection that was kept dies under the next request', async () => {
  let requests = 0
  const server = await start((socket) => {
    if (++requests === 1) socket.write(http('200 OK', {}, 'ok'))
    else socket.resetAndDestroy()
  })
  await replyOf(request(server.url))
  expect(await outcomeOf(request(server.url))).toMatchObject({ status: 'unknown', code: 'ECONNRESET' })
  expect(server.received).toHaveLength(1)
})

test('shows no secret, whatever breaks and whoever repeats it', async () => {
  const spellings = [SECRET, encodeURIComponent(SECRET), Buffer.from(SECRET).toString('base64')]
  const echo = await start((socket, got) => socket.write(http('400 Bad', {}, `${got} ${spellings.join(' ')}`)))
  const url = new URL(`?access_token=${encodeURIComponent(SECRET)}`, echo.url)
  const reply = await replyOf(request(url))
  const shown: string[] = [reply.say(reply.text), reply.say(spellings.join(' '))]
  for (const answer of Object.values(BROKEN_ANSWERS)) {
    const server = await start((socket) => void answer(socket))
    shown.push(JSON.stringify(await outcomeOf(request(new URL(`/hook/${SECRET}`, server.url)))))
    await server.close()
    shown.push(JSON.stringify(await outcomeOf(request(new URL(`/hook/${SECRET}`, server.url)))))
  }
  for (const words of shown) for (const spelling of spellings) expect(words).not.toContain(spelling)
  expect(shown[0]).toContain('***')
})
