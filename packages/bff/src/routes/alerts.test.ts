import { alertSchema, alertTransitionSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openServer, type TestServer } from '../../test/support/server.ts'

/** One refused message is enough, at once. */
async function alarmed(): Promise<TestServer> {
  const server = await openServer({ sandbox: { error_rate: 1 } })
  const { engine } = server
  await engine.settings.set('alert.success_rate.min_sample', '1')
  await engine.settings.set('alert.settle_ms', '0')
  await engine.settings.set('delivery.max_retries', '0')
  const fired = once(engine.events, 'alert:changed', ({ state }) => state === 'firing')
  const template_id = await server.template()
  await server.post('/api/messages/send', { template_id, recipient: '+8613800138000', variables: { code: '1' } })
  await fired
  return server
}

const PATH = '/api/alerts/success_rate'
const ACKNOWLEDGE = { by: 'Li Wei', for_ms: 3_600_000, note: 'the provider knows' }

describe('alerts over HTTP', { timeout: 20_000 }, () => {
  it('are listed, each rule with its state', async () => {
    const server = await openServer()
    const { body } = await server.call('/api/alerts')
    expect(z.array(alertSchema).safeParse(body.data).error).toBeUndefined()
    const ids = (body.data as { id: string }[]).map(({ id }) => id)
    expect(ids).toEqual([
      'success_rate',
      'mean_response',
      ...['message_sender', 'ai_processor', 'notification'].map((pool) => `pool_usage.${pool}`),
      'backlog',
    ])
  })

  it('are acknowledged with a name, and that is taken back; both stand in the history', async () => {
    const server = await alarmed()
    const acknowledged = await server.post(`${PATH}/acknowledge`, ACKNOWLEDGE)
    expect(acknowledged.body.data).toMatchObject({
      ...{ state: 'firing', figure: 0, sample: 1 },
      acknowledgement: { by: 'Li Wei', note: 'the provider knows' },
    })
    const back = await server.post(`${PATH}/unacknowledge`, { by: 'Bo' })
    expect(back.body.data.acknowledgement).toBeNull()

    const { body } = await server.call('/api/alerts/history?limit=3')
    expect(z.array(alertTransitionSchema).safeParse(body.data).error).toBeUndefined()
    expect(body.data).toMatchObject([
      { event: 'unacknowledged', by: 'Bo' },
      { event: 'acknowledged', by: 'Li Wei', note: 'the provider knows' },
      { event: 'firing', by: null, figure: 0, threshold: 95 },
    ])
  })

  it.each([
    ['success_rate', {}, 422, 'invalid'],
    ['success_rate', { by: ' ', for_ms: 60_000 }, 422, 'invalid'],
    ['success_rate', { by: 'x', for_ms: 1 }, 422, 'invalid'],
    ['nothing', ACKNOWLEDGE, 404, 'alert_not_found'],
    ['success_rate', ACKNOWLEDGE, 409, 'wrong_state'],
  ])('refuse to acknowledge %s with %j', async (id, body, status, error) => {
    const server = await openServer()
    const reply = await server.post(`/api/alerts/${id}/acknowledge`, body)
    expect([reply.status, reply.body.details.error]).toEqual([status, error])
  })
})
