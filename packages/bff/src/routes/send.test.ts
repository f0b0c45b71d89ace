import { describe, expect, it } from 'vitest'
import { once } from '@signalbox/engine'
import { openServer } from '../../test/support/server.ts'

const RECIPIENT = '+8613800138000'

describe('POST /api/messages/send', () => {
  it('answers 202 with both ids, and the message is sent', async () => {
    const server = await openServer()
    const sent = once(server.engine.events, 'message:sent')
    const reply = await server.post('/api/messages/send', {
      template_id: await server.template(),
      recipient: RECIPIENT,
      variables: { code: 123456 },
    })
    expect(reply).toMatchObject({ status: 202, body: { code: 0 } })
    const { record_id: recordId, trace_id: traceId } = reply.body.data
    expect(traceId).toMatch(/^msg_[0-9A-HJKMNP-TV-Z]{11}$/)
    expect((await sent).id).toBe(recordId)
    const kept = await server.call('/api/sandbox/messages?channel=sms')
    expect(kept.body.data).toMatchObject([{ record_id: recordId, trace_id: traceId, text: 'Your code is 123456' }])
  })

  it('takes where its recipient is, alone and for a batch, and refuses a zone that there is not', async () => {
    const server = await openServer()
    const template_id = await server.template()
    const one = { template_id, recipient: RECIPIENT, variables: { code: '1' }, recipient_time_zone: 'Europe/London' }
    const reply = await server.post('/api/messages/send', one)
    expect(await server.engine.messages.get(reply.body.data.record_id)).toMatchObject({ timeZone: 'Europe/London' })
    const { recipient, variables, ...shared } = one
    const batch = { ...shared, recipients: [recipient], variables_list: [variables] }
    const { body } = await server.post('/api/messages/send-batch', batch)
    expect(await server.engine.messages.get(body.data.first_record_id)).toMatchObject({ timeZone: 'Europe/London' })
    const wrong = await server.post('/api/messages/send', { ...one, recipient_time_zone: 'Asia/Atlantis' })
    expect([wrong.status, wrong.body.details.issues]).toMatchObject([422, [{ path: 'recipient_time_zone' }]])
  })

  it('takes delay, time, priority and time to live', async () => {
    const server = await openServer()
    const body = { template_id: await server.template(), recipient: RECIPIENT, variables: { code: '1' }, priority: 0 }
    const inAMonth = new Date(Date.now() + 30 * 24 * 3_600_000).toISOString().replace('Z', '+00:00')
    const delayed = await server.post('/api/messages/send', { ...body, delay_ms: 3_600_000, ttl_ms: 1000 })
    const planned = await server.post('/api/messages/send', { ...body, scheduled_at: inAMonth })
    expect([delayed.status, planned.status]).toEqual([202, 202])
    const row = await server.call(`/api/messages/${planned.body.data.record_id}`)
    expect(row.body.data).toMatchObject({
      status: 'scheduled',
      pending_reason: 'delay',
      priority: 0,
      finished_at: null,
    })
    expect(Date.parse(row.body.data.due_at)).toBe(Date.parse(inAMonth))
  })

  it('keeps the trace context of its caller', async () => {
    const server = await openServer()
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    const body = { template_id: await server.template(), recipient: RECIPIENT, variables: { code: '1' } }
    const { body: sent } = await server.post('/api/messages/send', body, { traceparent })
    const trace = await server.call(`/api/messages/traces/${sent.data.trace_id}`)
    expect(trace.body.data.traceparent).toBe(traceparent)
  })

  describe('refuses, and stores nothing:', () => {
    const good = { recipient: RECIPIENT, variables: { code: '1' } }
    it.each([
      ['an unknown template', { template_id: 999 }, 404, 'template_not_found', ''],
      ['a missing variable', { variables: {} }, 422, 'missing_variable', 'variables.code'],
      ['an unknown variable', { variables: { code: '1', kode: '2' } }, 422, 'unknown_variable', 'variables.kode'],
      ['a bad recipient for the channel', { recipient: 'ann@example.com' }, 422, 'invalid_recipient', 'recipient'],
      ['priority 11', { priority: 11 }, 422, 'invalid', 'priority'],
      ['an unknown field', { prioritee: 1 }, 422, 'invalid', 'prioritee'],
      ['no recipient', { recipient: undefined }, 422, 'invalid', 'recipient'],
      ['a delay and a time', { delay_ms: 1, scheduled_at: '2099-01-31T09:30:00Z' }, 422, 'invalid', 'scheduled_at'],
      ['a time without offset', { scheduled_at: '2099-01-31T09:30:00' }, 422, 'invalid', 'scheduled_at'],
      ['a negative delay', { delay_ms: -1 }, 422, 'invalid', 'delay_ms'],
      ['a huge variable', { variables: { code: 'x'.repeat(10_001) } }, 422, 'invalid', 'variables.code'],
    ])('%s', async (_name, change, status, error, path) => {
      const server = await openServer()
      const reply = await server.post('/api/messages/send', {
        template_id: await server.template(),
        ...good,
        ...change,
      })
      expect(reply).toMatchObject({ status, body: { data: null, details: { error } } })
      expect(reply.body.code).toBeGreaterThan(0)
      expect(reply.body.message).toMatch(/expected|not found/)
      if (path !== '') expect(reply.body.details.issues?.map((issue) => issue.path)).toContain(path)
      expect(await server.stored()).toBe(0)
    })

    it('a template that is a draft', async () => {
      const server = await openServer()
      const reply = await server.post('/api/messages/send', {
        template_id: await server.template({ status: 'draft' }),
        ...good,
      })
      expect(reply).toMatchObject({ status: 422, body: { details: { error: 'template_not_active' } } })
      expect(await server.stored()).toBe(0)
    })

    it('a query', async () => {
      const server = await openServer()
      const body = { template_id: await server.template(), ...good }
      const reply = await server.post('/api/messages/send?dry_run=1', body)
      expect(reply).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'dry_run' }] } } })
      expect(await server.stored()).toBe(0)
    })
  })
})
