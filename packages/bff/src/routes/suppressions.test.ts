import { suppressionPageSchema, suppressionSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const PATH = '/api/suppressions'
const ADA = { channel: 'sms', recipient: '138 0013 8000' }

const listed = async (server: TestServer, query = '') =>
  suppressionPageSchema.parse((await server.call(PATH + query)).body.data)

describe('suppressions over HTTP', { timeout: 20_000 }, () => {
  it('are added once under the one spelling of their recipient, and shown masked', async () => {
    const server = await openServer()
    const first = await server.post(PATH, { ...ADA, detail: 'asked on the phone' })
    const suppression = suppressionSchema.parse(first.body.data)
    expect([first.status, suppression]).toMatchObject([
      201,
      { recipient: '+86138****8000', purpose: 'marketing', reason: 'manual', detail: 'asked on the phone' },
    ])
    const again = await server.post(PATH, { channel: 'sms', recipient: '+8613800138000' })
    expect(again.body.data).toEqual(suppression)
    const everything = await server.post(PATH, { ...ADA, purpose: 'all' })
    expect((await listed(server)).suppressions.map(({ id }) => id)).toEqual([everything.body.data.id, suppression.id])
  })

  it('stop a message, which says why', async () => {
    const server = await openServer()
    await server.post(PATH, { ...ADA, purpose: 'all' })
    const template_id = await server.template()
    const ended = new Promise<{ id: number }>((resolve) => server.engine.events.on('message:failed', resolve))
    await server.post('/api/messages/send', { template_id, recipient: '13800138000', variables: { code: '1' } })
    const { body } = await server.call(`/api/messages/${(await ended).id}`)
    expect(body.data).toMatchObject({ status: 'failed', error_code: 'suppressed' })
    expect(body.data.error_message).toContain('manual since')
    expect(server.rows('SELECT count(*) AS count FROM kept_messages')).toEqual([{ count: 0 }])
  })

  it('are found by channel, reason and recipient, page by page', async () => {
    const server = await openServer()
    for (const user of ['ada', 'bob', 'cid']) await server.post(PATH, { channel: 'app', recipient: user })
    await server.post(PATH, ADA)
    await server.engine.suppressions.add({ channel: 'email', recipient: 'a@example.com', reason: 'hard_bounce' })
    const channels = async (query: string) => (await listed(server, query)).suppressions.map(({ channel }) => channel)
    expect(await channels('?channel=app')).toEqual(['app', 'app', 'app'])
    expect(await channels('?reason=hard_bounce')).toEqual(['email'])
    expect(await channels(`?recipient=${encodeURIComponent('138-0013-8000')}`)).toEqual(['sms'])
    expect(await channels('?recipient=nobody@example.com')).toEqual([])
    const page = await listed(server, '?limit=2')
    expect(page.suppressions.map(({ channel }) => channel)).toEqual(['email', 'sms'])
    const rest = await listed(server, `?limit=10&before=${page.next_before}`)
    expect([rest.suppressions.length, rest.next_before]).toEqual([3, null])
  })

  it('are lifted once, and shown in full to whoever says so in the audit log', async () => {
    const server = await openServer()
    const { id } = (await server.post(PATH, ADA)).body.data
    const revealed = await server.post(`${PATH}/${id}/reveal`, { reason: 'a call' })
    expect(revealed.body.data).toEqual({ id, recipient: '+8613800138000' })
    expect((await server.call(`${PATH}/${id}`, { method: 'DELETE' })).body.data).toMatchObject({ id })
    const again = await server.call(`${PATH}/${id}`, { method: 'DELETE' })
    expect([again.status, again.body.details.error]).toEqual([404, 'suppression_not_found'])
    expect(server.rows('SELECT action FROM audit_log ORDER BY id').map(({ action }) => action)).toEqual([
      'suppress',
      'reveal recipient',
      'lift suppression',
    ])
    expect(JSON.stringify(server.log)).not.toContain('13800138000')
  })

  it.each([
    [{ channel: 'sms', recipient: '12' }, 'invalid_recipient'],
    [{ channel: 'fax', recipient: '13800138000' }, 'invalid'],
    [{ ...ADA, purpose: 'otp' }, 'invalid'],
    [{ ...ADA, reason: 'complaint' }, 'invalid'],
  ])('are refused as %j', async (body, error) => {
    const server = await openServer()
    const reply = await server.post(PATH, body)
    expect([reply.status, reply.body.details.error]).toEqual([422, error])
    expect((await listed(server)).suppressions).toEqual([])
  })
})
