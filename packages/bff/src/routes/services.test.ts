import { serviceSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

describe('services', () => {
  it('are one sandbox per channel in an empty store, and say so', async () => {
    const server = await openServer()
    const { body } = await server.call('/api/services')
    expect(body.data).toHaveLength(5)
    for (const service of body.data) {
      expect(serviceSchema.safeParse(service).error).toBeUndefined()
      expect(service).toMatchObject({ name: `Sandbox ${service.channel}`, sandbox: true, enabled: true, priority: 0 })
    }
  })

  it('are created, read and changed', async () => {
    const server = await openServer()
    const created = await server.post('/api/services', { name: 'Second', channel: 'sms', adapter: 'sandbox' })
    expect(created).toMatchObject({ status: 201, body: { data: { name: 'Second', priority: 10, enabled: true } } })
    const path = `/api/services/${created.body.data.id}`
    expect((await server.call(path, { method: 'PUT', body: { enabled: false } })).body.data.enabled).toBe(false)
    expect((await server.call(path)).body.data.enabled).toBe(false)
    expect(await server.call('/api/services/999')).toMatchObject({
      status: 404,
      body: { details: { error: 'service_not_found' } },
    })
    expect((await server.call('/api/services/x')).status).toBe(422)
  })

  it('refuse settings that their adapter refuses', async () => {
    const server = await openServer()
    const body = { name: 'Mail', channel: 'email', adapter: 'email.smtp', settings: { host: 5 } }
    const reply = await server.post('/api/services', body)
    expect(reply).toMatchObject({ status: 422, body: { details: { error: 'invalid' } } })
    expect(reply.body.details.issues?.[0]?.path).toContain('settings')
    expect((await server.call('/api/services')).body.data).toHaveLength(5)
  })

  it('have terms, which are as an operator sets them, and tell what they may take now', async () => {
    const server = await openServer()
    const terms = {
      tags: ['大促'],
      weight: 3,
      sending_interval_ms: 250,
      daily_quota: 100,
      quota_reset_at: '08:30',
      quota_time_zone: 'Asia/Shanghai',
    }
    const created = await server.post('/api/services', { name: 'S', channel: 'sms', adapter: 'sandbox', ...terms })
    expect(serviceSchema.safeParse(created.body.data).error).toBeUndefined()
    expect(created.body.data).toMatchObject(terms)
    expect(created.body.data.health).toMatchObject({
      ...{ breaker: 'closed', waiting: null, quota: { used: 0, left: 100 }, last_sent_at: null, success_rate: null },
    })
    const path = `/api/services/${created.body.data.id}`
    const change = { daily_quota: null, weight: 1 }
    const changed = await server.call(path, { method: 'PUT', body: change })
    expect(changed.body.data).toMatchObject({ ...terms, ...change, health: { quota: null } })
  })

  it.each([
    ['weight', 0],
    ['sending_interval_ms', -1],
    ['daily_quota', 0],
    ['quota_reset_at', '24:00'],
    ['quota_time_zone', 'Asia/Shanghi'],
    ['tags', ['']],
  ])('refuse %s of %j', async (field, value) => {
    const server = await openServer()
    const body = { name: 'S', channel: 'sms', adapter: 'sandbox', [field]: value }
    const reply = await server.post('/api/services', body)
    expect(reply.status).toBe(422)
    expect(reply.body.details.issues?.[0]?.path).toContain(field)
  })
})
