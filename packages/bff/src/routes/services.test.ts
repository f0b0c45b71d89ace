import { serviceActivitySchema, serviceSchema, serviceTestSchema } from '@signalbox/contracts'
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

  it('are paused, resumed, drained and enabled again, and say in which state they are', async () => {
    const server = await openServer()
    const path = '/api/services/1'
    const stateAfter = async (reply: Promise<{ body: { data?: unknown } }>) => {
      const { data } = (await reply).body
      return serviceSchema.parse(data).state
    }
    expect(await stateAfter(server.call(path))).toBe('active')
    expect(await stateAfter(server.post(`${path}/pause`, {}))).toBe('paused')
    expect(await stateAfter(server.post(`${path}/pause`, {}))).toBe('paused')
    expect(await stateAfter(server.post(`${path}/resume`, {}))).toBe('active')
    expect(await stateAfter(server.post(`${path}/drain`, {}))).toBe('disabled')
    expect(await stateAfter(server.call(path, { method: 'PUT', body: { enabled: true } }))).toBe('active')
    expect((await server.post('/api/services/999/pause', {})).status).toBe(404)
  })

  it('are tried with one real message, which no statistic counts', async () => {
    const server = await openServer()
    const reply = await server.post('/api/services/1/test', { recipient: '13800138000', text: '您好' })
    expect(serviceTestSchema.parse(reply.body.data)).toMatchObject({ status: 'accepted', code: null, category: null })
    // What is written after what the sandbox kept is on disk after it.
    await server.post('/api/services/2/pause', {})
    const kept = await server.call('/api/sandbox/messages')
    expect(kept.body.data[0]).toMatchObject({ record_id: null, text: '您好', recipient: '+8613800138000' })
    const audited = server.rows("SELECT detail FROM audit_log WHERE action = 'service_test'")
    expect(audited).toEqual([{ detail: 'service 1 (Sandbox sms)' }])
    const activity = serviceActivitySchema.parse((await server.call('/api/services/activity?hours=3')).body.data)
    expect([activity.slots.length, activity.slot_ms]).toEqual([3, 3_600_000])
    expect(activity.services).toHaveLength(5)
    expect(activity.services[0]).toEqual({
      ...{ id: 1, sent: [0, 0, 0], failed: [0, 0, 0], unknown: [0, 0, 0] },
      ...{ p95_ms: [null, null, null], p95_24h_ms: null },
    })
  })

  it.each([
    ['a recipient that the service refuses', { recipient: 'nobody' }, 'invalid_recipient'],
    ['a template and a text', { recipient: '13800138000', text: 'a', template_id: 1 }, 'invalid'],
    ['a template that is not there', { recipient: '13800138000', template_id: 999 }, 'template_not_found'],
  ])('refuse to be tried with %s', async (_, body, error) => {
    const server = await openServer()
    expect((await server.post('/api/services/1/test', body)).body.details.error).toBe(error)
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
