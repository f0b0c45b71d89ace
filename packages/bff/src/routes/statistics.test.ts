import { overviewSchema, realtimeStatsSchema, systemHealthSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

async function withOneSent() {
  const server = await openServer()
  const sent = once(server.engine.events, 'message:sent')
  const body = { template_id: await server.template(), recipient: '+8613800138000', variables: { code: '1' } }
  await server.post('/api/messages/send', body)
  await sent
  return server
}

describe('statistics', () => {
  it('count today by default, by channel and day', async () => {
    const server = await withOneSent()
    const { body } = await server.call('/api/messages/statistics/overview')
    expect(overviewSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data).toMatchObject({
      overview: { total_sent: 1, total_success: 1, total_failed: 0, success_rate: 100 },
      by_channel: { sms: { sent: 1, success: 1, failed: 0 } },
    })
    expect(body.data.daily).toHaveLength(1)
  })

  it('cover whole days of a range', async () => {
    const server = await withOneSent()
    const { body } = await server.call('/api/messages/statistics/overview?start_date=2024-02-28&end_date=2024-03-01')
    expect((body.data.daily as { date: string }[]).map((day) => day.date)).toEqual([
      '2024-02-28',
      '2024-02-29',
      '2024-03-01',
    ])
    expect(body.data.overview).toMatchObject({ total_sent: 0, success_rate: null })
  })

  it.each([
    'start_date=2026-02-01&end_date=2026-01-01',
    'start_date=2026-02-30',
    'start_date=yesterday',
    'from=2026-01-01',
  ])('refuse %s', async (query) => {
    const server = await openServer()
    const reply = await server.call(`/api/messages/statistics/overview?${query}`)
    expect(reply).toMatchObject({ status: 422, body: { details: { error: 'invalid' } } })
    expect(reply.body.details.issues).toHaveLength(1)
  })

  it('show the moment: states, channels and pools', async () => {
    const server = await withOneSent()
    const { body } = await server.call('/api/messages/statistics/realtime')
    expect(realtimeStatsSchema.safeParse(body.data).error).toBeUndefined()
    expect(body.data.message_stats).toContainEqual(
      expect.objectContaining({ status: 'sent', channel: 'sms', count: 1 }),
    )
    expect(body.data.thread_pool_stats.message_sender).toMatchObject({ core_pool_size: 20, max_pool_size: 100 })
  })
})

describe('health', () => {
  it('is one word for machines', async () => {
    const server = await openServer()
    expect(await server.call('/health')).toMatchObject({ status: 200, body: { code: 0, data: { status: 'ok' } } })
  })

  it('is the whole picture for people, and names settings that were refused', async () => {
    const server = await openServer()
    const healthy = await server.call('/api/system/health')
    expect(systemHealthSchema.safeParse(healthy.body.data).error).toBeUndefined()
    expect(healthy.body.data).toMatchObject({ status: 'healthy', services: { total: 5, available: 5 }, demo: false })

    const refused = once(server.engine.events, 'settings:refused')
    server.sql("UPDATE thread_pool_configs SET core_pool_size = 0 WHERE pool_name = 'message_sender'")
    await refused
    const degraded = await server.call('/api/system/health')
    expect(degraded.body.data).toMatchObject({ status: 'degraded', problems: [{ table: 'thread_pool_configs' }] })
  })
})

describe('metrics', () => {
  it('are Prometheus text with calls, messages, queues, pools and sockets', async () => {
    const server = await withOneSent()
    const { status, headers, text } = await server.call('/metrics')
    expect(status).toBe(200)
    expect(headers['content-type']).toContain('text/plain')
    expect(text).toContain(
      'signalbox_http_request_duration_seconds_count{method="POST",route="/api/messages/send",status="202"} 1',
    )
    expect(text).toContain('signalbox_messages_total{channel="sms",state="accepted"} 1')
    expect(text).toContain('signalbox_messages_total{channel="sms",state="sent"} 1')
    expect(text).toContain('signalbox_queue_depth{queue="message.send",state="queued"} 0')
    expect(text).toContain('signalbox_pool_slots{pool="message_sender",kind="max"} 100')
    expect(text).toContain('signalbox_socket_clients 0')
    expect(text).toContain('nodejs_eventloop_lag_seconds')
  })
})
