import { once } from '@signalbox/engine'
import { describe, expect, it } from 'vitest'
import { openServer, type TestServer } from '../../test/support/server.ts'

const PUBLIC_URL = 'https://box.example.com'
const ADA = 'ada@example.com'
/** From a page that is none of ours, through a proxy: as recipients come. */
const FROM_OUTSIDE = { host: 'box.example.com', origin: 'null', 'sec-fetch-site': 'cross-site' }
const ONE_CLICK = { 'content-type': 'application/x-www-form-urlencoded' }

async function opened() {
  const server = await openServer({ publicUrl: PUBLIC_URL })
  await server.engine.settings.set('quiet_hours.marketing', 'false')
  const templateId = await server.template({
    ...{ name: 'sale', channel: 'email', format: 'html', subject: 'Sale', purpose: 'marketing' },
    content: '<p>{{what}} <a href="{{unsubscribe_url}}">unsubscribe</a></p>',
  })
  /** How it ended, and the text that was kept by the sandbox. */
  async function send() {
    const { events } = server.engine
    const ended = Promise.race([once(events, 'message:sent'), once(events, 'message:failed')])
    const body = { template_id: templateId, recipient: ADA, variables: { what: 'Shoes' } }
    expect((await server.post('/api/messages/send', body)).status).toBe(202)
    const { id, state, errorCode } = await ended
    const [kept] = await server.engine.kept({ limit: 1 })
    return { id, end: errorCode ?? state, html: kept?.html ?? '' }
  }
  const { id, html } = await send()
  const link = /href="([^"]+)"/.exec(html)?.[1] ?? ''
  return { server, send, id, link, path: link.slice(PUBLIC_URL.length) }
}

const click = (server: TestServer, path: string, body = 'List-Unsubscribe=One-Click') =>
  server.call(path, { method: 'POST', headers: { ...FROM_OUTSIDE, ...ONE_CLICK }, body })
const list = async (server: TestServer) => (await server.engine.suppressions.list({ limit: 10 })).map((each) => each)

describe('the link to unsubscribe', { timeout: 20_000 }, () => {
  it('stands in the text of marketing without being asked for, and shows nobody’s address', async () => {
    const { link } = await opened()
    expect(link).toMatch(/^https:\/\/box\.example\.com\/unsubscribe\/[\w-]+$/)
    expect(Buffer.from(link.split('/').at(-1) ?? '', 'base64url').toString('latin1')).not.toContain('ada')
  })

  it('shows a page with one button in the reader’s language, and changes nothing by being opened', async () => {
    const { server, path } = await opened()
    for (const method of ['GET', 'HEAD']) {
      const page = await server.call(path, { method, headers: { ...FROM_OUTSIDE, 'accept-language': 'zh-CN,en' } })
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
      if (method === 'GET') expect(page.text.match(/<button>/g)).toHaveLength(1)
      if (method === 'GET') expect(page.text).toContain('不再向 a***@example.com 发送营销消息')
      expect(page.headers['content-security-policy']).toContain("default-src 'none'")
      expect(page.headers['set-cookie']).toBeUndefined()
    }
    const english = await server.call(path, { headers: FROM_OUTSIDE })
    expect(english.text).toContain('No more marketing to a***@example.com?')
    expect(await list(server)).toEqual([])
  })

  it('ends marketing by one POST from anywhere, as often as it comes, linked to its message and audited', async () => {
    const { server, send, id, path } = await opened()
    for (let time = 0; time < 3; time++) {
      const done = await click(server, path)
      expect([done.status, done.text]).toEqual([200, expect.stringContaining('Unsubscribed')])
    }
    const multipart = `--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n`
    const headers = { ...FROM_OUTSIDE, 'content-type': 'multipart/form-data; boundary=x' }
    expect((await server.call(path, { method: 'POST', headers, body: multipart })).status).toBe(200)
    const [suppression, ...others] = await list(server)
    expect(others).toEqual([])
    expect(suppression).toMatchObject({ recipient: ADA, purpose: 'marketing', reason: 'unsubscribe', recordId: id })
    expect(server.rows("SELECT record_id FROM audit_log WHERE action = 'suppress'")).toEqual([{ record_id: id }])
    expect((await send()).end).toBe('suppressed')
    const token = path.split('/').at(-1) as string
    expect(JSON.stringify(server.log)).not.toContain(token)
    expect(JSON.stringify(server.log)).not.toContain(ADA)
  })

  it('is refused when it was changed, and a POST that wishes something else does nothing', async () => {
    const { server, path } = await opened()
    expect((await click(server, `${path.slice(0, -1)}${path.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404)
    expect((await click(server, '/unsubscribe/guess')).status).toBe(404)
    expect((await click(server, path, 'a=1')).status).toBe(400)
    expect((await click(server, path, '')).status).toBe(400)
    expect((await click(server, path, 'x'.repeat(5_000))).status).toBe(413)
    expect(await list(server)).toEqual([])
  })

  it('is limited by its rule', async () => {
    const { server, path } = await opened()
    server.sql("UPDATE rate_limit_configs SET max_value = 1 WHERE resource = 'api:/unsubscribe'")
    await server.engine.settings.refresh()
    expect((await server.call(path, { headers: FROM_OUTSIDE })).status).toBe(200)
    const second = await server.call(path, { headers: FROM_OUTSIDE })
    expect([second.status, second.body.details.error]).toEqual([429, 'rate_limited'])
  })

  it('is missed where there is no public address, and says what to set', async () => {
    const server = await openServer()
    await server.engine.settings.set('quiet_hours.marketing', 'false')
    const template_id = await server.template({
      ...{ channel: 'email', subject: 'Sale', purpose: 'marketing', content: '{{unsubscribe_url}}' },
    })
    const failed = once(server.engine.events, 'message:failed')
    await server.post('/api/messages/send', { template_id, recipient: ADA, variables: {} })
    expect(await failed).toMatchObject({
      errorCode: 'no_public_url',
      errorMessage: expect.stringContaining('expected PUBLIC_URL'),
    })
  })
})
