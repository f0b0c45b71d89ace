import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

function batch(count: number) {
  return {
    recipients: Array.from({ length: count }, (_, i) => `+86138001${String(38_000 + i).padStart(5, '0')}`),
    variables_list: Array.from({ length: count }, (_, i) => ({ code: String(i) })),
  }
}

describe('POST /api/messages/send-batch', () => {
  it('accepts all, and the task tells how far it is', async () => {
    const server = await openServer()
    let sent = 0
    const all = once(server.engine.events, 'message:sent', () => ++sent === 30)
    const reply = await server.post('/api/messages/send-batch', { template_id: await server.template(), ...batch(30) })
    expect(reply).toMatchObject({ status: 202, body: { code: 0, data: { count: 30 } } })
    await all
    const status = await server.call(`/api/tasks/${reply.body.data.task_id}/realtime-status`)
    expect(status.body.data).toMatchObject({
      taskId: String(reply.body.data.task_id),
      status: 'completed',
      progress: { total: 30, sent: 30, pending: 0, failed: 0 },
    })
    const page = await server.call(`/api/messages?task_id=${reply.body.data.task_id}&limit=200`)
    expect(page.body.data.messages).toHaveLength(30)
  })

  it('accepts 10,000 recipients in one call', async () => {
    const server = await openServer()
    const body = { template_id: await server.template(), ...batch(10_000), delay_ms: 3_600_000 }
    const reply = await server.post('/api/messages/send-batch', body)
    expect(reply).toMatchObject({ status: 202, body: { data: { count: 10_000 } } })
  })

  it.each([
    ['10,001 recipients', batch(10_001), 'recipients'],
    ['lists of different length', { ...batch(3), variables_list: [{ code: '1' }] }, 'variables_list'],
    ['no recipient', batch(0), 'recipients'],
    ['one bad recipient', { ...batch(2), recipients: ['+8613800138000', 'nobody'] }, 'recipients[1]'],
    ['one missing variable', { ...batch(2), variables_list: [{ code: '1' }, {}] }, 'variables_list[1].code'],
  ])('refuses %s, and stores nothing', async (_name, lists, path) => {
    const server = await openServer()
    const reply = await server.post('/api/messages/send-batch', { template_id: await server.template(), ...lists })
    expect(reply.status).toBe(422)
    expect(reply.body.details.issues?.map((issue) => issue.path)).toContain(path)
    expect(await server.stored()).toBe(0)
  })

  it('knows no task of that id', async () => {
    const server = await openServer()
    const absent = await server.call('/api/tasks/12345/realtime-status')
    expect(absent).toMatchObject({ status: 404, body: { details: { error: 'task_not_found' } } })
    const garbage = await server.call('/api/tasks/abc/realtime-status')
    expect(garbage).toMatchObject({ status: 422, body: { details: { issues: [{ path: 'taskId' }] } } })
  })
})
