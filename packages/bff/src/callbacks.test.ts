/** Message → provider → receipt → delivered, with the whole server and the provider's twin. */
import { explanationSchema, reconciledSchema, traceSchema } from '@signalbox/contracts'
import { once } from '@signalbox/engine'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ALIYUN_KEY, startAliyunTwin } from '../../channels/test/twins/aliyun.ts'
import { startTencentTwin, TENCENT_KEY } from '../../channels/test/twins/tencent.ts'
import { startTwilioTwin, TWILIO_ACCOUNT, TWILIO_TOKEN } from '../../channels/test/twins/twilio.ts'
import type { Twin } from '../../channels/test/twins/http-twin.ts'
import { twinsCannotRun } from '../../channels/test/twins/verifier.ts'
import { openServer, type TestServer } from '../test/support/server.ts'

const TOKEN = '5b0c9f3a7d1e42c8a6f45d21'
const SECRETS: Record<string, string> = {
  ALIYUN: ALIYUN_KEY.secret,
  TENCENT: TENCENT_KEY.secret,
  TWILIO: TWILIO_TOKEN,
  HOOK: TOKEN,
}

async function open(): Promise<TestServer> {
  const server = await openServer({ secret: (name) => SECRETS[name] })
  return server
}

function closing<T extends Twin>(twin: T): T {
  onTestFinished(() => twin.close())
  return twin
}

async function send(server: TestServer, templateId: number, to = '+8613800138000'): Promise<number> {
  const reply = await server.post('/api/messages/send', {
    ...{ template_id: templateId, recipient: to, variables: { code: '123456' } },
  })
  expect(reply.status).toBe(202)
  return reply.body.data.record_id as number
}

async function nodesOf(server: TestServer, id: number): Promise<string[]> {
  const { body } = await server.call(`/api/messages/traces/${id}`)
  return body.data.trace_data.nodes.map((node: { name: string; status: string }) => `${node.name} ${node.status}`)
}

describe.skipIf(twinsCannotRun)('POST /callbacks with Aliyun', () => {
  async function withAliyun() {
    const server = await open()
    const twin = closing(await startAliyunTwin())
    const templateId = await server.template({ content: '验证码{{code}}' })
    const service = await server.engine.services.create({
      ...{ name: 'aliyun', channel: 'sms', adapter: 'sms.aliyun', priority: 10, enabled: true },
      settings: {
        ...{ base_url: twin.url, access_key_id: ALIYUN_KEY.id, access_key_secret: { env: 'ALIYUN' } },
        ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' } },
        templates: [{ template_id: templateId, code: 'SMS_1', purpose: 'otp', variables: [{ name: 'code' }] }],
      },
    })
    return { server, twin, templateId, service, hook: `${server.url}/callbacks/${service.id}/${TOKEN}` }
  }

  it('asks the provider what became of a message when the answer was lost, and tells what it said', async () => {
    const { server, twin, templateId } = await withAliyun()
    twin.failNext('reset')
    const unknown = once(server.engine.events, 'message:unknown')
    const id = await send(server, templateId)
    await unknown
    const before = (await server.call(`/api/messages/${id}/explain`)).body.data
    expect(explanationSchema.parse(before).lookup).toMatchObject({ asked: 0, next_at: expect.any(String) as string })
    const reply = await server.post(`/api/messages/${id}/reconcile`, {})
    expect(reconciledSchema.parse(reply.body.data)).toMatchObject({
      ...{ answer: 'delivered', next_at: null, message: { record_id: id, status: 'delivered' } },
    })
    const { body } = await server.call(`/api/messages/traces/${id}`)
    expect(traceSchema.parse(body.data).trace_data.nodes.at(-1)).toMatchObject({
      name: 'callback',
      lookup: 'delivered',
    })
    expect((await server.post(`/api/messages/${id}/reconcile`, {})).body.details.error).toBe('wrong_state')
    expect(twin.taken).toHaveLength(1)
  })

  it('takes a message all the way to delivered, and closes its trace', async () => {
    const { server, twin, templateId, hook } = await withAliyun()
    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server, templateId)
    expect(await sent).toMatchObject({ id, providerId: '90061950^0' })
    expect((await nodesOf(server, id)).at(-1)).toBe('callback pending')
    const delivered = once(server.engine.events, 'message:delivered')
    expect(await twin.report(hook, twin.taken)).toEqual({ status: 200, text: '{"code":0,"msg":"接收成功"}' })
    expect((await delivered).id).toBe(id)
    expect(await nodesOf(server, id)).toEqual([
      'queue succeeded',
      'process succeeded',
      'send succeeded',
      'callback succeeded',
    ])
    expect(twin.complaints).toEqual([])
    expect(JSON.stringify(server.log)).not.toContain(TOKEN)
    expect(JSON.stringify(server.log)).not.toContain(ALIYUN_KEY.secret)
  })

  it('takes receipts that come twice, and late ones that say less, without going back', async () => {
    const { server, twin, templateId, hook } = await withAliyun()
    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server, templateId)
    await sent
    for (let time = 0; time < 3; time++) await twin.report(hook, twin.taken)
    await twin.report(hook, twin.taken, { success: false })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered', errorCode: null })
  })

  it('says why it was not delivered', async () => {
    const { server, twin, templateId, hook } = await withAliyun()
    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server, templateId)
    await sent
    await twin.report(hook, twin.taken, { success: false, errCode: 'MI:0024' })
    expect(await server.engine.messages.get(id)).toMatchObject({
      ...{ state: 'failed', errorCode: 'MI:0024', errorMessage: '关机停机' },
    })
  })

  it('keeps a receipt that comes before the answer to the send, and one for a message whose answer was lost', async () => {
    const { server, twin, templateId, hook } = await withAliyun()
    twin.failNext('hang')
    const id = await send(server, templateId)
    await twin.handled(1)
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'sending' })
    const delivered = once(server.engine.events, 'message:delivered')
    expect(await twin.report(hook, twin.taken)).toMatchObject({ status: 200 })
    twin.answerLate()
    expect(await delivered).toMatchObject({ id })

    twin.failNext('reset')
    const unknown = once(server.engine.events, 'message:unknown')
    const lost = await send(server, templateId)
    expect(await unknown).toMatchObject({ id: lost, errorCode: 'ECONNRESET' })
    expect(await twin.report(hook, twin.taken.slice(1))).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(lost)).toMatchObject({ state: 'delivered' })
  })

  it('refuses who does not know the address, and says nothing about another service’s messages', async () => {
    const { server, twin, templateId, service, hook } = await withAliyun()
    const other = await server.engine.services.create({ ...service, name: 'other', priority: 1, enabled: false })
    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server, templateId)
    await sent
    const base = `${server.url}/callbacks`
    expect(await twin.report(`${hook}x`, twin.taken)).toMatchObject({ status: 403 })
    expect(await twin.report(`${base}/${service.id}`, twin.taken)).toMatchObject({ status: 403 })
    expect(await twin.report(`${base}/999/${TOKEN}`, twin.taken)).toMatchObject({ status: 404 })
    expect(await twin.report(`${base}/zero/${TOKEN}`, twin.taken)).toMatchObject({ status: 404 })
    const sandbox = server.engine.services.list().find(({ adapter }) => adapter === 'sandbox')
    expect(await twin.report(`${base}/${sandbox?.id}/${TOKEN}`, twin.taken)).toMatchObject({ status: 404 })
    expect(await twin.report(`${base}/${other.id}/${TOKEN}`, twin.taken)).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'sent' })
    await server.engine.services.update(service.id, { enabled: false })
    expect(await twin.report(hook, twin.taken)).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered' })
  })

  it('comes in under the public name of a proxy, and in no other form than a provider’s', async () => {
    const { server, twin, templateId, hook } = await withAliyun()
    const sent = once(server.engine.events, 'message:sent')
    await send(server, templateId)
    await sent
    const path = new URL(hook).pathname
    const host = { host: 'box.example.com' }
    const ask = (method: string, body: string) => server.call(path, { method, body, headers: host })
    expect(await ask('POST', '[]')).toMatchObject({ status: 200 })
    expect(await ask('POST', 'x')).toMatchObject({ status: 400 })
    expect(await ask('POST', 'x'.repeat(300_000))).toMatchObject({ status: 413 })
    expect(await server.call('/api/services', { headers: host })).toMatchObject({ status: 403 })
    expect(twin.complaints).toEqual([])
  })
})

describe.skipIf(twinsCannotRun)('POST /callbacks with Tencent', () => {
  async function withTencent() {
    const server = await open()
    const twin = closing(await startTencentTwin())
    const templateId = await server.template({ content: '验证码{{code}}' })
    const service = await server.engine.services.create({
      ...{ name: 'tencent', channel: 'sms', adapter: 'sms.tencent', priority: 10, enabled: true },
      settings: {
        ...{ base_url: twin.url, secret_id: TENCENT_KEY.id, secret_key: { env: 'TENCENT' }, sdk_app_id: '1400006666' },
        ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' } },
        templates: [{ template_id: templateId, code: '449739', purpose: 'otp', variables: [{ name: 'code' }] }],
      },
    })
    return { server, twin, templateId, hook: `${server.url}/callbacks/${service.id}/${TOKEN}` }
  }

  it('takes a message all the way to delivered by the provider’s own number', async () => {
    const { server, twin, templateId, hook } = await withTencent()
    const sent = once(server.engine.events, 'message:sent')
    const first = await send(server, templateId)
    expect((await sent).id).toBe(first)
    const again = once(server.engine.events, 'message:sent')
    const second = await send(server, templateId)
    await again
    expect(await twin.report(hook, twin.taken.slice(1))).toEqual({ status: 200, text: '{"result":0,"errmsg":"OK"}' })
    expect(await server.engine.messages.get(first)).toMatchObject({ state: 'sent' })
    expect(await server.engine.messages.get(second)).toMatchObject({ state: 'delivered' })
    expect((await nodesOf(server, second)).at(-1)).toBe('callback succeeded')
    expect(await twin.report(hook, twin.taken, { success: false })).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(first)).toMatchObject({ state: 'failed', errorCode: 'MK:0001' })
    expect(await server.engine.messages.get(second)).toMatchObject({ state: 'delivered' })
    expect(twin.complaints).toEqual([])
  })

  it('keeps a receipt that comes before the answer to the send, whose number is not known yet', async () => {
    const { server, twin, templateId, hook } = await withTencent()
    twin.failNext('hang')
    const id = await send(server, templateId)
    await twin.handled(1)
    const early = twin.report(hook, twin.taken)
    expect(await early).toEqual({ status: 503, text: 'come again' })
    const sent = once(server.engine.events, 'message:sent')
    twin.answerLate()
    await sent
    expect(await twin.report(hook, twin.taken)).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered' })
  })

  it('finds a message whose answer was lost, where the account sends our number back', async () => {
    const { server, twin, templateId, hook } = await withTencent()
    twin.failNext('reset')
    const unknown = once(server.engine.events, 'message:unknown')
    const id = await send(server, templateId)
    await unknown
    expect(await twin.report(hook, twin.taken)).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'unknown' })
    expect(await twin.report(hook, twin.taken, { withExt: true })).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered' })
  })
})

describe.skipIf(twinsCannotRun)('POST /callbacks with Twilio', () => {
  it('takes a message all the way to delivered, by a signature over the public address', async () => {
    const server = await open()
    const twin = closing(await startTwilioTwin())
    const templateId = await server.template({ content: 'Your code is {{code}}' })
    const settings = {
      ...{ base_url: twin.url, account_sid: TWILIO_ACCOUNT, auth_token: { env: 'TWILIO' }, from: '+15005550006' },
    }
    const service = await server.engine.services.create({
      ...{ name: 'twilio', channel: 'sms', adapter: 'sms.twilio', priority: 10, enabled: true, settings },
    })
    const callbackUrl = `https://box.example.com/callbacks/${service.id}`
    await server.engine.services.update(service.id, { settings: { ...settings, callback_url: callbackUrl } })

    const sent = once(server.engine.events, 'message:sent')
    const id = await send(server, templateId, '+14158675309')
    await sent
    const [message] = twin.taken
    if (!message) throw new Error('expected the twin to have a message')
    expect(message).toMatchObject({ body: 'Your code is 123456', callback: `${callbackUrl}?record=${id}` })
    const forged = await twin.report(server.url, message, 'delivered', { signedWith: 'another-token' })
    expect(forged).toMatchObject({ status: 403 })
    expect(await twin.report(server.url, message, 'sent', { tamper: true })).toMatchObject({ status: 403 })
    expect(await twin.report(server.url, message, 'sent')).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'sent' })
    expect(await twin.report(server.url, message, 'delivered')).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered' })
    expect((await nodesOf(server, id)).at(-1)).toBe('callback succeeded')
    for (let time = 0; time < 3; time++) await twin.report(server.url, message, 'delivered')
    expect(await nodesOf(server, id)).toHaveLength(4)
    expect(await twin.report(server.url, message, 'sent')).toMatchObject({ status: 200 })
    expect(await twin.report(server.url, message, 'undelivered', { errorCode: '30003' })).toMatchObject({ status: 200 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'delivered' })
    expect(twin.complaints).toEqual([])
    expect(JSON.stringify(server.log)).not.toContain(TWILIO_TOKEN)
  })
})
