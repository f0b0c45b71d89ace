/** A mail → a real Postfix that takes it → what that writes back hours later, by a pipe and through a mailbox. */
import { once } from '@signalbox/engine'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { changes, mailsIn, POSTFIX, postfixCannotRun, startPostfix, type Postfix } from '../../channels/test/postfix.ts'
import { startCuttingProxy } from '../../channels/test/support/cutting-proxy.ts'
import { openServer } from '../test/support/server.ts'

const TOKEN = '5b0c9f3a7d1e42c8a6f45d21'
const BOXES = ['bounce@gone.test', 'bounce@here.test', 'bounce@slow.test', 'bounce@cut.test'] as const

describe.skipIf(postfixCannotRun)(`e-mail through ${POSTFIX}`, () => {
  let postfix: Postfix
  beforeAll(async () => {
    postfix = await startPostfix({ users: ['ann@mail.test', ...BOXES] })
  })
  afterAll(() => postfix.close())

  async function opened(settings: Record<string, unknown>) {
    const server = await openServer({ secret: (name) => (name === 'HOOK' ? TOKEN : undefined) })
    const templateId = await server.template({
      ...{ name: 'Shipped', channel: 'email', subject: 'Parcel {{code}}', content: 'It is on its way: {{code}}' },
    })
    const service = await server.engine.services.create({
      ...{ name: 'postfix', channel: 'email', adapter: 'email.smtp', priority: 10, enabled: true },
      settings: {
        ...{ host: '127.0.0.1', port: postfix.port, from: { address: 'box@signalbox.test' } },
        ...{ receipt_token: { env: 'HOOK' }, ...settings },
      },
    })
    const send = async (recipient: string): Promise<number> => {
      const body = { template_id: templateId, recipient, variables: { code: 'SF1' } }
      const reply = await server.post('/api/messages/send', body)
      expect(reply.status).toBe(202)
      return reply.body.data.record_id as number
    }
    const lastNode = async (id: number) => {
      const { body } = await server.call(`/api/messages/traces/${id}`)
      return body.data.trace_data.nodes.at(-1) as Record<string, unknown>
    }
    const suppressed = async (recipient: string) => {
      const listed = await server.engine.suppressions.list({ channel: 'email', recipient, limit: 10 })
      return listed.map(({ reason, recordId }) => ({ reason, recordId }))
    }
    return { ...server, service, send, lastNode, suppressed }
  }

  it('fails a message and suppresses its recipient by a bounce that comes through the pipe', async () => {
    const { engine, url, service, send, lastNode, suppressed, log } = await opened({
      bounce_address: 'bounce@pipe.test',
    })
    await writeFile(postfix.addressFile, `${url}/callbacks/${service.id}/${TOKEN}`, { mode: 0o644 })
    const sent = once(engine.events, 'message:sent')
    const failed = once(engine.events, 'message:failed')
    const id = await send('nobody@mail.test')
    expect(await sent).toMatchObject({ id, errorCode: null })
    expect(await failed).toMatchObject({ id, errorCode: '5.1.1' })
    expect(await lastNode(id)).toMatchObject({ name: 'callback', status: 'failed', error_code: '5.1.1' })
    expect(await suppressed('nobody@mail.test')).toEqual([{ reason: 'hard_bounce', recordId: id }])
    expect(JSON.stringify(log)).not.toContain(TOKEN)
    const refused = once(engine.events, 'message:failed')
    const next = await send('nobody@mail.test')
    expect(await refused).toMatchObject({ id: next, errorCode: 'suppressed' })
  })

  it('fails a message and suppresses its recipient by a bounce that comes into a mailbox', async () => {
    const folder = postfix.maildir('bounce@gone.test')
    const { engine, send, suppressed } = await opened({ bounce_address: 'bounce@gone.test', maildir: folder })
    const failed = once(engine.events, 'message:failed')
    const id = await send('nobody.either@mail.test')
    expect(await failed).toMatchObject({
      id,
      errorCode: '5.1.1',
      errorMessage: expect.stringContaining('unknown user') as string,
    })
    expect(await suppressed('nobody.either@mail.test')).toEqual([{ reason: 'hard_bounce', recordId: id }])
    await changes(folder, async () => (await mailsIn(folder, 'cur')).length === 1)
    expect(await mailsIn(folder, 'new')).toEqual([])
  })

  it('delivers to who is there, and is told so', async () => {
    const { engine, send } = await opened({
      ...{ bounce_address: 'bounce@here.test', maildir: postfix.maildir('bounce@here.test'), delivery_reports: true },
    })
    const delivered = once(engine.events, 'message:delivered')
    const id = await send('ann@mail.test')
    expect(await delivered).toMatchObject({ id })
    const [raw = ''] = await mailsIn(postfix.maildir('ann@mail.test'), 'new')
    const mail = await PostalMime.parse(raw)
    expect(mail).toMatchObject({
      subject: 'Parcel SF1',
      text: 'It is on its way: SF1\n',
      from: { address: 'box@signalbox.test' },
    })
    expect(mail.returnPath).toMatch(/^bounce\+msg_[0-9a-z]{11}\.[0-9a-f]{20}@here\.test$/)
  })

  it('tries again what was refused for now', async () => {
    const { engine, send } = await opened({ bounce_address: 'bounce@here.test' })
    const requeued = new Promise<string | null>((resolve) => {
      engine.events.on('message:changed', ({ state, attempt, errorCode }) => {
        if (state === 'queued' && attempt === 1) resolve(errorCode)
      })
    })
    const id = await send('busy@mail.test')
    expect(await requeued).toBe('450 4.2.1')
    expect(await engine.messages.get(id)).toMatchObject({ state: 'queued', attempt: 1 })
  })

  it('says in the trace that the server still tries, and waits', async () => {
    const folder = postfix.maildir('bounce@slow.test')
    const { engine, send, lastNode } = await opened({ bounce_address: 'bounce@slow.test', maildir: folder })
    const id = await send('slow@mail.test')
    await changes(postfix.maildir(''), async () => (await mailsIn(folder, 'cur')).length > 0)
    expect(await lastNode(id)).toMatchObject({ name: 'callback', status: 'pending', error_code: '4.4.1' })
    expect(await engine.messages.get(id)).toMatchObject({ state: 'sent' })
  })

  it('does not know what became of a mail whose "250" was lost, until the server reports', async () => {
    const proxy = await startCuttingProxy(postfix.port)
    onTestFinished(() => proxy.close())
    const { engine, send } = await opened({
      ...{ port: proxy.port, bounce_address: 'bounce@cut.test', delivery_reports: true },
      maildir: postfix.maildir('bounce@cut.test'),
    })
    const unknown = once(engine.events, 'message:unknown')
    const delivered = once(engine.events, 'message:delivered')
    const id = await send('ann@mail.test')
    expect(await unknown).toMatchObject({ id })
    expect(await delivered).toMatchObject({ id, state: 'delivered' })
  })
})
