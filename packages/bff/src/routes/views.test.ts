import { messageViewSchema, VIEW_LIMITS } from '@signalbox/contracts'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'
import { connected, heard, openViewer } from '../../test/support/viewer.ts'

const PATH = '/api/messages/views'
const FAILED_SMS = 'status=failed%2Cexpired&channel=sms'

const save = (server: TestServer, name: string, body: object = { query: FAILED_SMS }) =>
  server.call(`${PATH}/${encodeURIComponent(name)}`, { method: 'PUT', body })
const listed = async (server: TestServer) => messageViewSchema.array().parse((await server.call(PATH)).body.data)

describe('saved views over HTTP', { timeout: 20_000 }, () => {
  it('are listed by name as they were saved, whatever characters it has', async () => {
    const server = await openServer()
    expect(await listed(server)).toEqual([])
    const saved = await save(server, ' 夜班/night 50% ')
    expect([saved.status, saved.body.data]).toEqual([200, { name: '夜班/night 50%', query: FAILED_SMS }])
    await save(server, 'Ada', { query: 'error=550' })
    expect(await listed(server)).toEqual([
      { name: 'Ada', query: 'error=550' },
      { name: '夜班/night 50%', query: FAILED_SMS },
    ])
  })

  it('have a name once, whatever its case, width and spaces, unless one is to be replaced', async () => {
    const server = await openServer()
    await save(server, 'Night Shift')
    const again = await save(server, 'ＮＩＧＨＴ  shift')
    expect([again.status, again.body.details.error]).toEqual([409, 'conflict'])
    expect((await save(server, 'NIGHT SHIFT', { query: 'channel=app', replace: true })).status).toBe(200)
    expect(await listed(server)).toEqual([{ name: 'NIGHT SHIFT', query: 'channel=app' }])
  })

  it('are deleted once, and what was deleted can be put back', async () => {
    const server = await openServer()
    await save(server, 'Ada')
    const removed = await server.call(`${PATH}/ADA`, { method: 'DELETE' })
    expect(removed.body.data).toEqual({ name: 'Ada', query: FAILED_SMS })
    const again = await server.call(`${PATH}/ada`, { method: 'DELETE' })
    expect([again.status, again.body.details.error]).toEqual([404, 'view_not_found'])
    expect((await save(server, 'Ada', { query: removed.body.data.query })).status).toBe(200)
  })

  it('are at most 50', async () => {
    const server = await openServer()
    for (let i = 0; i < VIEW_LIMITS.views; i++) await save(server, `view ${i}`)
    const more = await save(server, 'one more')
    expect([more.status, more.body.details.error]).toEqual([409, 'views_full'])
    expect((await save(server, 'view 7', { query: 'channel=app', replace: true })).status).toBe(200)
    expect(await listed(server)).toHaveLength(VIEW_LIMITS.views)
  })

  it.each([
    ['x', {}, 'query'],
    ['x', { query: 'status=gone' }, 'status'],
    ['x', { query: 'channel=sms&channel=app' }, 'channel'],
    ['x', { query: 'page=2' }, 'page'],
    ['x', { query: 'recipient=%2B8613800138000' }, 'recipient'],
    ['x'.repeat(41), { query: 'channel=sms' }, 'name'],
    [' ', { query: 'channel=sms' }, 'name'],
    ['a\u202eb', { query: 'channel=sms' }, 'name'],
  ])('are refused as %j with %j', async (name, body, path) => {
    const server = await openServer()
    const reply = await save(server, name, body)
    expect([reply.status, reply.body.details.error]).toEqual([422, 'invalid'])
    expect(reply.body.details.issues?.map((issue) => issue.path).join()).toContain(path)
    expect(reply.text).not.toContain('138000')
    expect(await listed(server)).toEqual([])
  })

  it('are told to everybody who looks when one comes and when one goes', async () => {
    const server = await openServer()
    const viewer = openViewer(server.url)
    await connected(viewer)
    const came = heard(viewer, 'views')
    await save(server, 'Ada')
    await came
    expect(await listed(server)).toHaveLength(1)
    const went = heard(viewer, 'views')
    await server.call(`${PATH}/Ada`, { method: 'DELETE' })
    await went
    expect(await listed(server)).toEqual([])
  })
})
