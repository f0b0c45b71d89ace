import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

async function ready() {
  const server = await openServer()
  const body = { template_id: await server.template(), recipient: '+8613800138000', variables: { code: '1' } }
  return { server, body }
}

describe('a send with an idempotency key', () => {
  it('gets the stored reply again for the same key and body, in body or header', async () => {
    const { server, body } = await ready()
    const first = await server.post('/api/messages/send', { ...body, idempotency_key: 'order-1' })
    const again = await server.post('/api/messages/send', body, { 'idempotency-key': 'order-1' })
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again).toMatchObject({ status: 202, body: first.body })
    expect(await server.stored()).toBe(1)
  })

  it('does not mind the order of fields', async () => {
    const { server, body } = await ready()
    const { template_id: id, recipient, variables } = body
    await server.post('/api/messages/send', body, { 'idempotency-key': 'k' })
    const again = await server.post(
      '/api/messages/send',
      { variables, recipient, template_id: id },
      { 'idempotency-key': 'k' },
    )
    expect(again.headers['idempotent-replayed']).toBe('true')
  })

  it('is refused with another body', async () => {
    const { server, body } = await ready()
    await server.post('/api/messages/send', body, { 'idempotency-key': 'k' })
    const other = await server.post('/api/messages/send', { ...body, priority: 9 }, { 'idempotency-key': 'k' })
    expect(other).toMatchObject({ status: 422, body: { details: { error: 'idempotency_mismatch' } } })
    expect(await server.stored()).toBe(1)
  })

  it('is refused while the first is under way, and never doubles', async () => {
    const { server, body } = await ready()
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => server.post('/api/messages/send', body, { 'idempotency-key': 'k' })),
    )
    for (const { status, body: reply } of replies) {
      if (status === 202) continue
      expect({ status, error: reply.details.error }).toEqual({ status: 409, error: 'idempotency_in_flight' })
    }
    expect(
      new Set(replies.filter((reply) => reply.status === 202).map((reply) => reply.body.data.record_id)).size,
    ).toBe(1)
    expect(await server.stored()).toBe(1)
  })

  it('is refused when body and header name different keys', async () => {
    const { server, body } = await ready()
    const reply = await server.post('/api/messages/send', { ...body, idempotency_key: 'a' }, { 'idempotency-key': 'b' })
    expect(reply).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'idempotency_key' }] } } })
    expect(await server.stored()).toBe(0)
  })

  it('answers a whole batch again', async () => {
    const { server, body } = await ready()
    const batch = { template_id: body.template_id, recipients: [body.recipient], variables_list: [body.variables] }
    const first = await server.post('/api/messages/send-batch', batch, { 'idempotency-key': 'b' })
    const again = await server.post('/api/messages/send-batch', batch, { 'idempotency-key': 'b' })
    expect(again).toMatchObject({ status: 202, body: first.body })
    expect(again.headers['idempotent-replayed']).toBe('true')
    const asOne = await server.post('/api/messages/send', body, { 'idempotency-key': 'b' })
    expect(asOne).toMatchObject({ status: 422, body: { details: { error: 'idempotency_mismatch' } } })
  })
})
