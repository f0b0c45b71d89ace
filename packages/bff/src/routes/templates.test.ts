import { templateSchema } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer } from '../../test/support/server.ts'

const PATH = '/api/messages/templates'
const input = { name: '登录验证码', channel: 'sms', content: '验证码 {{code}}', variables: ['code'] }

describe('templates', () => {
  it('go from creation over versions and a rollback to removal', async () => {
    const server = await openServer()
    const created = await server.post(PATH, input)
    expect(created).toMatchObject({ status: 201, body: { code: 0, data: { ...input, status: 'active', version: 1 } } })
    expect(templateSchema.safeParse(created.body.data).success).toBe(true)
    const { id, revision } = created.body.data

    const saved = await server.call(`${PATH}/${id}`, { method: 'PUT', body: { content: '码 {{code}}', revision } })
    expect(saved).toMatchObject({ status: 200, body: { data: { version: 2, content: '码 {{code}}' } } })
    const stale = await server.call(`${PATH}/${id}`, { method: 'PUT', body: { content: 'x', revision } })
    expect(stale).toMatchObject({ status: 409, body: { details: { error: 'conflict' } } })

    const rolledBack = await server.post(`${PATH}/${id}/rollback`, { version: 1, note: 'as before' })
    expect(rolledBack).toMatchObject({ status: 200, body: { data: { version: 3, content: input.content } } })
    const versions = await server.call(`${PATH}/${id}/versions`)
    expect(versions.body.data).toMatchObject([{ version: 3, note: 'as before' }, { version: 2 }, { version: 1 }])

    const removed = await server.call(`${PATH}/${id}`, { method: 'DELETE' })
    expect(removed).toMatchObject({ status: 200, body: { data: { outcome: 'removed' } } })
    expect(await server.call(`${PATH}/${id}`)).toMatchObject({
      status: 404,
      body: { details: { error: 'template_not_found' } },
    })
  })

  it('are published from a draft', async () => {
    const server = await openServer()
    const { body } = await server.post(PATH, { ...input, status: 'draft' })
    expect(body.data).toMatchObject({ status: 'draft', version: 0 })
    const published = await server.post(`${PATH}/${body.data.id}/publish`, {})
    expect(published.body.data).toMatchObject({ status: 'active', version: 1 })
  })

  it('are listed by channel and state', async () => {
    const server = await openServer()
    await server.template({ name: 'a' })
    await server.template({ name: 'b', channel: 'email', subject: 's' })
    await server.template({ name: 'c', status: 'draft' })
    const list = await server.call(`${PATH}?channel=sms&status=active`)
    expect(list.body.data).toMatchObject([{ name: 'a', channel: 'sms', status: 'active', variables: ['code'] }])
  })

  it.each([
    ['an unknown channel', { ...input, channel: 'fax' }, 'channel'],
    ['no content', { ...input, content: '' }, 'content'],
    ['an unknown field', { ...input, body: 'x' }, 'body'],
    ['a bad variable name', { ...input, variables: ['1st'] }, 'variables[0]'],
  ])('refuse %s', async (_name, body, path) => {
    const server = await openServer()
    const reply = await server.post(PATH, body)
    expect(reply.status).toBe(422)
    expect(reply.body.details.issues?.map((issue) => issue.path)).toContain(path)
    expect((await server.call(PATH)).body.data).toEqual([])
  })

  it('refuse a query they do not know', async () => {
    const server = await openServer()
    expect((await server.call(`${PATH}?chanel=sms`)).body.details.issues).toMatchObject([{ path: 'chanel' }])
    expect((await server.call(`${PATH}?channel=sms&channel=email`)).status).toBe(422)
  })
})
