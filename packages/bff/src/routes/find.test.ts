import { foundSchema, messagePageSchema, revealedSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const RECIPIENT = '+8613800138000'
const later = { delay_ms: 3_600_000 }

async function send(server: TestServer, change: object = {}): Promise<{ record_id: number; trace_id: string }> {
  const [template] = await server.engine.templates.list()
  const body = { template_id: template?.id, recipient: RECIPIENT, variables: { code: 'hunter2' }, ...later, ...change }
  return (await server.post('/api/messages/send', body)).body.data
}
const find = async (server: TestServer, q: string) => {
  const reply = await server.call(`/api/messages/find?q=${encodeURIComponent(q)}`)
  expect(foundSchema.safeParse(reply.body.data).error).toBeUndefined()
  return reply.body.data
}

describe('one box', () => {
  it('finds by trace id, record id, idempotency key and recipient in any spelling, masked', async () => {
    const server = await openServer()
    await server.template()
    const { record_id: id, trace_id: traceId } = await send(server, { idempotency_key: 'order-4711' })
    for (const q of [traceId, String(id)]) expect((await find(server, q)).message.record_id).toBe(id)
    expect((await find(server, 'order-4711')).idempotency_key).toMatchObject({
      message: { record_id: id },
      task_id: null,
    })
    const { recipient } = await find(server, ' 138 0013 8000 ')
    expect(recipient).toMatchObject({ recipient: RECIPIENT, more: false, messages: [{ recipient: '+86138****8000' }] })
    expect(await find(server, 'nothing')).toEqual({ message: null, idempotency_key: null, recipient: null })
  })

  it('wants something to look for', async () => {
    const server = await openServer()
    const reply = await server.call('/api/messages/find?q=%20')
    expect(reply).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'q' }] } } })
  })
})

describe('a search', () => {
  it('takes several states, a time range, a service, an error and a recipient in any spelling', async () => {
    const server = await openServer()
    await server.template()
    const { record_id: id } = await send(server)
    const found = async (query: string) => {
      const { body } = await server.call(`/api/messages?${query}`)
      expect(messagePageSchema.safeParse(body.data).error).toBeUndefined()
      return (body.data.messages as { record_id: number }[]).map((row) => row.record_id)
    }
    expect(await found('status=scheduled,failed')).toEqual([id])
    expect(await found('status=failed,expired')).toEqual([])
    expect(await found('recipient=13800138000')).toEqual([id])
    expect(await found(`from=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([id])
    expect(await found(`to=${new Date(Date.now() - 60_000).toISOString()}`)).toEqual([])
    expect(await found('service_id=1')).toEqual([])
    expect(await found('error=timeout')).toEqual([])
    const wrong = await server.call('/api/messages?status=failed,gone')
    expect(wrong).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'status[1]' }] } } })
  })
})

describe('the recipient of a message', () => {
  it('is told in full when asked for, and that it was stands in the audit log with the reason', async () => {
    const server = await openServer()
    await server.template()
    const { record_id: id } = await send(server)
    const reply = await server.post(`/api/messages/${id}/reveal`, { reason: 'caller asked what was sent' })
    expect(revealedSchema.parse(reply.body.data)).toEqual({ record_id: id, recipient: RECIPIENT })
    expect(server.rows('SELECT action, record_id, detail FROM audit_log')).toEqual([
      { action: 'reveal recipient', record_id: id, detail: 'caller asked what was sent' },
    ])
    expect((await server.post('/api/messages/1/reveal', {})).status).toBe(404)
  })
})

describe('the export', () => {
  it('writes what the filter finds, masked, with no cell that a spreadsheet would run', async () => {
    const server = await openServer()
    await server.template({ name: '=cmd|calc' })
    const ids = [await send(server), await send(server), await send(server)].map(({ record_id: id }) => id)
    const reply = await server.call('/api/messages/export.csv?status=scheduled')
    expect(reply).toMatchObject({
      status: 200,
      headers: {
        'content-type': 'text/csv; charset=utf-8',
        'content-disposition': 'attachment; filename="messages.csv"',
      },
    })
    const [header, ...lines] = reply.text.trim().split('\r\n')
    expect(header).toContain('record_id,trace_id,channel')
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(ids.toReversed())
    expect(lines[0]).toContain(',+86138****8000,'.replace(',+', ",'+"))
    expect(lines[0]).toContain("'=cmd|calc")
    expect(reply.text).not.toMatch(/hunter2|13800138000/)
  })

  it('refuses a filter that is none before it begins', async () => {
    const server = await openServer()
    const reply = await server.call('/api/messages/export.csv?status=gone')
    expect(reply).toMatchObject({ status: 422, body: { details: { error: 'invalid' } } })
  })
})
