import { once } from '@signalbox/engine'
import fc from 'fast-check'
import { request, type OutgoingHttpHeaders } from 'node:http'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const SEND = '/api/messages/send'
const BATCH = '/api/messages/send-batch'

interface Asked {
  path: string
  headers?: OutgoingHttpHeaders
  body: string | Buffer
}

interface Told {
  status: number
  /** In their order, but for the date. */
  headers: string[]
  body: string
}

/** The target as it is: `http.request` sends it to the letter. */
function ask(server: TestServer, target: string, { headers = {}, body }: Asked): Promise<Told> {
  const { hostname, port } = new URL(server.url)
  const own = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), 'x-request-id': 'one' }
  return new Promise((resolve, reject) => {
    const options = { hostname, port, path: target, method: 'POST', agent: false, headers: { ...own, ...headers } }
    const sent = request(options, (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => (text += chunk.toString()))
      response.on('end', () => {
        const pairs = response.rawHeaders.flatMap((name, i) =>
          i % 2 ? [] : [`${name}: ${response.rawHeaders[i + 1]}`],
        )
        resolve({
          status: response.statusCode ?? 0,
          headers: pairs.filter((pair) => !pair.startsWith('Date:')),
          body: text,
        })
      })
    })
    sent.on('error', reject).end(body)
  })
}

/** Ids count up from one call to the next, and a bucket empties. */
const alike = ({ status, headers, body }: Told): Told => ({
  status,
  headers: headers.map((pair) => pair.replace(/^(ratelimit-remaining|content-length): \d+/, '$1')),
  body: body.replaceAll(/"(\w*_id)":("msg_\w+"|\d+)/g, '"$1":0'),
})

/** By its name, which is taken at once, and by two others, which go through Express. */
async function everyWay(server: TestServer, asked: Asked): Promise<[Told, Told, Told]> {
  const direct = alike(await ask(server, asked.path, asked))
  const absolute = alike(await ask(server, server.url + asked.path, asked))
  const queried = alike(await ask(server, `${asked.path}?`, asked))
  return [direct, absolute, queried]
}

function lists(count: number) {
  return {
    recipients: Array.from({ length: count }, () => '+8613800138000'),
    variables_list: Array(count).fill({ code: 1 }),
  }
}

describe('a call that is taken before Express', () => {
  const good = { recipient: '+8613800138000', variables: { code: '1' } }
  it.each<[string, Partial<Asked> & { json?: object }, number]>([
    ['a message', { json: good }, 202],
    ['a batch', { path: BATCH, json: lists(3) }, 202],
    ['a message with a key', { json: good, headers: { 'idempotency-key': 'k' } }, 202],
    ['a key of another call', { json: { ...good, idempotency_key: 'a' }, headers: { 'idempotency-key': 'b' } }, 422],
    ['a missing variable', { json: { ...good, variables: {} } }, 422],
    ['a bad recipient in a batch', { path: BATCH, json: { ...lists(2), recipients: ['+8613800138000', '中'] } }, 422],
    ['an unknown field', { json: { ...good, 字段: 1 } }, 422],
    ['an unknown template', { json: { ...good, template_id: 99 } }, 404],
    ['no JSON', { body: '{' }, 400],
    ['bytes', { body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
    ['a form', { body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['no type', { json: good, headers: { 'content-type': '' } }, 415],
    ['a type with a charset', { json: good, headers: { 'content-type': 'Application/JSON; charset="utf-8"' } }, 202],
    ['a packed body', { json: good, headers: { 'content-encoding': 'gzip' } }, 415],
    ['too much', { body: `"${'x'.repeat(256 * 1024)}"` }, 413],
    ['a foreign host', { json: good, headers: { host: 'evil.example' } }, 403],
    ['a foreign page', { json: good, headers: { origin: 'https://evil.example' } }, 403],
    ['a browser that would take it packed', { json: good, headers: { 'accept-encoding': 'gzip, br' } }, 202],
  ])('is answered as every other spelling of it: %s', async (_name, { json, ...asked }, status) => {
    const server = await openServer()
    const templateId = await server.template()
    const body = json === undefined ? '' : JSON.stringify({ template_id: templateId, ...json })
    const [direct, absolute, queried] = await everyWay(server, { path: SEND, body, ...asked })
    expect(direct.status).toBe(status)
    // A stored reply is told as such.
    if ('idempotency-key' in (asked.headers ?? {}) && status === 202) {
      const replayed = (told: Told) => told.headers.filter((pair) => pair.startsWith('idempotent-replayed'))
      expect([direct, absolute, queried].map((told) => replayed(told).length)).toEqual([0, 1, 1])
      direct.headers.splice(
        direct.headers.findIndex((pair) => pair.startsWith('content-type')),
        0,
        'idempotent-replayed: true',
      )
    }
    expect(absolute).toEqual(direct)
    expect(queried).toEqual(direct)
    const lines = server.log.filter((line) => line['msg'] === 'request')
    expect(lines).toHaveLength(3)
    const told = ({ level, method, route, status: logged, request_id: id }: Record<string, unknown>) => [
      level,
      method,
      route,
      logged,
      id,
    ]
    expect(lines.map(told)).toEqual(lines.map(() => told(lines[0] as Record<string, unknown>)))
    const { text } = await server.call('/metrics')
    const counts = text.split('\n').filter((line) => line.includes('duration_seconds_count{method="POST"'))
    expect(counts).toEqual([expect.stringMatching(new RegExp(`status="${status}"} 3$`))])
  })

  it('is answered as every other spelling of it, whatever the body', async () => {
    const server = await openServer()
    const changed = once(server.engine.events, 'settings:changed')
    server.sql('UPDATE rate_limit_configs SET enabled = 0')
    await changed
    const templateId = await server.template()
    const field = fc.oneof(
      fc.constantFrom('template_id', 'recipient', 'variables', 'priority', 'delay_ms', 'ttl_ms'),
      fc.string(),
    )
    const value = fc.oneof(fc.constantFrom(templateId, '+8613800138000', { code: 'x' }, 5, 3_600_000), fc.jsonValue())
    const body = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(field, value),
      fc.dictionary(field, value).map((given) => ({ template_id: templateId, ...good, ...given })),
    )
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(SEND, BATCH), async (given, path) => {
        const [direct, absolute] = await everyWay(server, { path, body: JSON.stringify(given) })
        expect(absolute).toEqual(direct)
      }),
      { numRuns: 60 },
    )
  })

  it('counts against the same limit, and is refused with the same wait', async () => {
    const server = await openServer()
    const changed = once(server.engine.events, 'settings:changed')
    server.sql(
      "UPDATE rate_limit_configs SET enabled = 0; INSERT INTO rate_limit_configs VALUES ('api:/messages/send', 'sliding_window', 4, 3600, 1);",
    )
    await changed
    const body = JSON.stringify({ template_id: await server.template(), ...good })
    const rounds = [await everyWay(server, { path: SEND, body }), await everyWay(server, { path: SEND, body })]
    expect(rounds.flat().map(({ status }) => status)).toEqual([202, 202, 202, 202, 429, 429])
    const [absolute, queried] = (rounds[1] as Told[]).slice(1) as [Told, Told]
    const [direct] = await everyWay(server, { path: SEND, body })
    const names = ({ headers }: Told) => headers.map((pair) => pair.split(':')[0])
    expect(names(absolute)).toContain('retry-after')
    expect([names(absolute), names(queried)]).toEqual([names(direct), names(direct)])
  })

  it('tells of a defect what every other spelling of it tells', async () => {
    const server = await openServer()
    const body = JSON.stringify({ template_id: await server.template(), ...good })
    server.engine.messages.accept = () => Promise.reject(new Error('a secret of the inside'))
    const [direct, absolute, queried] = await everyWay(server, { path: SEND, body })
    expect(direct.status).toBe(500)
    expect([absolute, queried]).toEqual([direct, direct])
    expect(server.log.filter((line) => line['msg'] === 'internal error')).toHaveLength(3)
  })
})
