import { messagePageSchema, traceSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

async function send(server: TestServer, change: object = {}): Promise<number> {
  const [template] = await server.engine.templates.list()
  const body = { template_id: template?.id, recipient: '+8613800138000', variables: { code: 'hunter2' }, ...change }
  return (await server.post('/api/messages/send', body)).body.data.record_id
}

const later = { delay_ms: 3_600_000 }

describe('messages', () => {
  it('are found newest first, page by page, without what they say', async () => {
    const server = await openServer()
    await server.template()
    const ids: number[] = []
    for (let i = 0; i < 5; i++) ids.unshift(await send(server, later))
    const first = await server.call('/api/messages?limit=2&status=scheduled&channel=sms')
    expect(messagePageSchema.safeParse(first.body.data).error).toBeUndefined()
    const second = await server.call(`/api/messages?limit=10&before=${first.body.data.next_before}`)
    const found = [...first.body.data.messages, ...second.body.data.messages] as { record_id: number }[]
    expect(found.map((row) => row.record_id)).toEqual(ids)
    expect(first.body.data.messages[0]).toMatchObject({ recipient: '+86138****8000', template_name: 'Login code' })
    expect(first.text).not.toMatch(/hunter2|13800138000/)
  })

  it('are found by their whole recipient', async () => {
    const server = await openServer()
    await server.template()
    const id = await send(server, { ...later, recipient: '+8613900139000' })
    await send(server, later)
    const page = await server.call(`/api/messages?recipient=${encodeURIComponent('+8613900139000')}`)
    expect(page.body.data.messages).toMatchObject([{ record_id: id }])
  })

  it('are cancelled once', async () => {
    const server = await openServer()
    await server.template()
    const id = await send(server, later)
    expect((await server.post(`/api/messages/${id}/cancel`, {})).body.data.status).toBe('cancelled')
    const again = await server.post(`/api/messages/${id}/cancel`, {})
    expect(again).toMatchObject({ status: 409, body: { details: { error: 'wrong_state' } } })
  })

  it('are sent again after a failure, and only then', async () => {
    const server = await openServer({ sandbox: { error_rate: 1 } })
    server.sql("UPDATE system_config SET value = '0' WHERE key = 'delivery.max_retries'")
    await server.engine.settings.refresh()
    await server.template()
    const failed = once(server.engine.events, 'message:failed')
    const id = await send(server)
    expect((await failed).id).toBe(id)
    const row = await server.call(`/api/messages/${id}`)
    expect(row.body.data).toMatchObject({ status: 'failed', service: 'Sandbox sms', attempt: 1 })
    expect(row.body.data.error_code).toBeTruthy()
    const retried = await server.call(`/api/messages/${id}/retry`, { method: 'POST' })
    expect(retried).toMatchObject({ status: 200, body: { data: { record_id: id } } })
    const resolved = await server.post(`/api/messages/${id}/resolve`, { outcome: 'sent' })
    expect(resolved.status).toBe(409)
  })

  it.each([
    ['GET', '/api/messages/%id'],
    ['GET', '/api/messages/traces/%id'],
    ['GET', '/api/messages/%id/explain'],
    ['POST', '/api/messages/%id/cancel'],
    ['POST', '/api/messages/%id/retry'],
  ])('tell garbage from an id that is not there: %s %s', async (method, path) => {
    const server = await openServer()
    for (const garbage of ['garbage', 'msg_123', '0', '-1', '1.5', '99999999999999999999']) {
      const reply = await server.call(path.replace('%id', garbage), { method })
      expect(reply).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'id' }] } } })
      expect(reply.body.message).toContain(
        'expected id to be a trace id (msg_ and 11 Crockford base32 characters) or a record id',
      )
    }
    for (const absent of ['1234567890', 'msg_00000000001']) {
      const reply = await server.call(path.replace('%id', absent), { method })
      expect(reply).toMatchObject({ status: 404, body: { details: { error: 'message_not_found' } } })
    }
  })
})

describe('a trace', () => {
  it('is found by either id and names its nodes', async () => {
    const server = await openServer()
    await server.template()
    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server)
    await sent
    const byRecord = await server.call(`/api/messages/traces/${id}`)
    const trace = byRecord.body.data
    expect(traceSchema.safeParse(trace).error).toBeUndefined()
    expect((await server.call(`/api/messages/traces/${trace.trace_id}`)).body.data).toEqual(trace)
    const names = (trace.trace_data.nodes as { name: string }[]).map((node) => node.name)
    expect(names).toEqual(expect.arrayContaining(['queue', 'process', 'send']))
    expect(trace).toMatchObject({ record_id: id, waiting: null, message: { status: 'sent' } })
    expect(trace.statistics.success_rate).toBe(100)
    expect(byRecord.text).not.toMatch(/hunter2|13800138000/)
  })

  it('says why a message waits', async () => {
    const server = await openServer()
    await server.template()
    const id = await send(server, later)
    const { body } = await server.call(`/api/messages/traces/${id}`)
    expect(body.data.waiting).toMatchObject({ reason: 'delay' })
    expect(body.data.waiting.until).toMatch(/[+-]\d\d:\d\d$/)
  })
})
