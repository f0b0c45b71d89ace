import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const SET = "UPDATE rate_limit_configs SET max_value = %n WHERE resource = 'api:/messages/send' AND limit_type = 'qps'"

async function limit(server: TestServer, perSecond: number): Promise<void> {
  const changed = once(server.engine.events, 'settings:changed')
  server.sql(SET.replace('%n', String(perSecond)))
  await changed
}

describe('the limit of the send call', () => {
  it('changes live with the table, refuses with the wait, and stores nothing', async () => {
    const server = await openServer()
    const body = { template_id: await server.template(), recipient: '+8613800138000', variables: { code: '1' } }
    const burst = async () => {
      const replies = await Promise.all(Array.from({ length: 12 }, () => server.post('/api/messages/send', body)))
      return replies.filter((reply) => reply.status === 429)
    }
    expect(await burst()).toHaveLength(0)

    await limit(server, 2)
    const refused = await burst()
    expect(refused.length).toBeGreaterThanOrEqual(8)
    const [reply] = refused
    expect(reply?.body).toMatchObject({ code: 42_901, details: { error: 'rate_limited' } })
    expect(reply?.body.message).toContain('expected at most 2')
    const waitMs = reply?.body.details.retry_after_ms ?? 0
    expect(waitMs).toBeGreaterThan(0)
    expect(reply?.headers).toMatchObject({
      'retry-after': String(Math.ceil(waitMs / 1000)),
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '1',
    })
    expect(await server.stored()).toBe(24 - refused.length)

    await limit(server, 2000)
    expect(await burst()).toHaveLength(0)
  })

  it('holds for every call of the table by its path, tells what is left, and says nothing where nothing is limited', async () => {
    const server = await openServer()
    const free = await server.call('/api/messages/templates')
    expect(Object.keys(free.headers).filter((name) => name.startsWith('ratelimit'))).toEqual([])
    const changed = once(server.engine.events, 'settings:changed')
    server.sql("INSERT INTO rate_limit_configs VALUES ('api:/messages/templates/:id', 'sliding_window', 2, 3600, 1);")
    await changed
    const path = `/api/messages/templates/${await server.template()}`
    const replies = [await server.call(path), await server.call(path), await server.call(path)]
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429])
    expect(replies.map(({ headers }) => headers['ratelimit-remaining'])).toEqual(['1', '0', '0'])
    expect(Number(replies[2]?.headers['retry-after'])).toBeGreaterThan(3590)
    expect((await server.call('/api/messages/templates')).status).toBe(200)
  })

  it('gives a concurrent place back when the reply is out', async () => {
    const server = await openServer()
    const body = { template_id: await server.template(), recipient: '+8613800138000', variables: { code: '1' } }
    const changed = once(server.engine.events, 'settings:changed')
    server.sql(
      "INSERT INTO rate_limit_configs (resource, limit_type, max_value, window_seconds, enabled) VALUES ('api:/messages/send', 'concurrent', 1, 1, 1)",
    )
    await changed
    for (let i = 0; i < 5; i++) expect((await server.post('/api/messages/send', body)).status).toBe(202)
  })
})
