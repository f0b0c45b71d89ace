import { explanationSchema, pausesSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

async function send(server: TestServer, change: object = {}): Promise<number> {
  const [template] = await server.engine.templates.list()
  const body = { template_id: template?.id, recipient: '+8613800138000', variables: { code: 'hunter2' }, ...change }
  return (await server.post('/api/messages/send', body)).body.data.record_id
}

const act = (server: TestServer, path: string) => server.call(path, { method: 'POST' })
const explain = async (server: TestServer, id: number | string) =>
  (await server.call(`/api/messages/${id}/explain`)).body.data

describe('pausing', () => {
  it('holds a channel and says since when, and resuming sends what waited', async () => {
    const server = await openServer()
    await server.template()
    expect((await server.call('/api/pauses')).body.data).toEqual({ channels: [], queues: [] })
    const paused = await act(server, '/api/channels/sms/pause')
    expect(paused.status).toBe(200)
    const listed = (await server.call('/api/pauses')).body.data
    expect(pausesSchema.safeParse(listed).error).toBeUndefined()
    expect(listed).toEqual(paused.body.data)
    expect(listed).toMatchObject({ channels: [{ channel: 'sms', since: expect.stringMatching(/[+-]\d\d:\d\d$/) }] })
    const id = await send(server)
    expect((await explain(server, id)).reasons).toMatchObject([{ reason: 'paused', holds: 'channel' }])
    const sent = once(server.engine.events, 'message:sent')
    expect((await act(server, '/api/channels/sms/resume')).body.data).toEqual({ channels: [], queues: [] })
    expect((await sent).id).toBe(id)
  })

  it('holds a queue, and says the same thing twice without harm', async () => {
    const server = await openServer()
    const first = await act(server, '/api/queues/message.send/pause')
    const again = await act(server, '/api/queues/message.send/pause')
    expect(first.body.data).toMatchObject({ queues: [{ queue: 'message.send' }] })
    expect(again.body.data).toEqual(first.body.data)
    expect((await act(server, '/api/queues/message.send/resume')).body.data.queues).toEqual([])
  })

  it.each([
    ['/api/channels/fax/pause', 'channel', 'sms'],
    ['/api/queues/delayed/pause', 'queue', 'message.send'],
  ])('of what is not there is refused, naming what is: %s', async (path, field, named) => {
    const server = await openServer()
    const reply = await act(server, path)
    expect(reply).toMatchObject({ status: 422, body: { details: { error: 'invalid', issues: [{ path: field }] } } })
    expect(reply.body.message).toContain(named)
  })
})

describe('the explanation of a message', () => {
  it('names its rank, everything that holds it and the rule that is exhausted, by either id', async () => {
    const server = await openServer()
    await server.template()
    server.sql("INSERT INTO rate_limit_configs VALUES ('channel:sms', 'sliding_window', 1, 3600, 1)")
    await server.engine.settings.refresh()
    const sent = once(server.engine.events, 'message:sent')
    await send(server)
    await sent
    await send(server)
    const id = await send(server)
    await act(server, '/api/channels/sms/pause')
    await expect.poll(async () => (await explain(server, id)).reasons.length).toBe(2)
    const explanation = await explain(server, id)
    expect(explanationSchema.safeParse(explanation).error).toBeUndefined()
    expect(explanation).toMatchObject({
      record_id: id,
      status: 'queued',
      phase: 'waiting',
      rank: { ahead: 1, exact: true, lane: 1 },
      estimated_wait_ms: null,
      ended: null,
    })
    expect(explanation.reasons).toMatchObject([
      { reason: 'paused', holds: 'channel', until: null, detail: 'channel sms is paused', rule: null },
      {
        reason: 'rate_limit',
        until: expect.stringMatching(/[+-]\d\d:\d\d$/),
        rule: { resource: 'channel:sms', limit_type: 'sliding_window', max_value: 1, window_seconds: 3600 },
      },
    ])
    expect(await explain(server, explanation.trace_id)).toMatchObject({ record_id: id })
  })

  it('says what became of one that waits no more', async () => {
    const server = await openServer({ sandbox: { error_rate: 1 } })
    server.sql("UPDATE system_config SET value = '0' WHERE key = 'delivery.max_retries'")
    await server.engine.settings.refresh()
    await server.template()
    const failed = once(server.engine.events, 'message:failed')
    const id = await send(server)
    await failed
    expect(await explain(server, id)).toMatchObject({
      status: 'failed',
      phase: 'ended',
      reasons: [],
      rank: null,
      ended: { at: expect.any(String), error_code: expect.any(String), error_message: expect.any(String) },
    })
  })
})
