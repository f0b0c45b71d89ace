/** What people answer on their phones, from the provider's twin to the list of who must not be written to. */
import { once } from '@signalbox/engine'
import { describe, expect, it, onTestFinished } from 'vitest'
import { ALIYUN_KEY, startAliyunTwin } from '../../channels/test/twins/aliyun.ts'
import type { Twin } from '../../channels/test/twins/http-twin.ts'
import { startTencentTwin, TENCENT_KEY } from '../../channels/test/twins/tencent.ts'
import { startTwilioTwin, TWILIO_ACCOUNT, TWILIO_TOKEN } from '../../channels/test/twins/twilio.ts'
import { twinsCannotRun } from '../../channels/test/twins/verifier.ts'
import { openServer } from '../test/support/server.ts'

const TOKEN = '5b0c9f3a7d1e42c8a6f45d21'
const SECRETS: Record<string, string> = {
  ...{ ALIYUN: ALIYUN_KEY.secret, TENCENT: TENCENT_KEY.secret, TWILIO: TWILIO_TOKEN, HOOK: TOKEN },
}

async function opened<T extends Twin>(
  starting: Promise<T>,
  adapter: string,
  settings: (url: string, templateId: number) => Record<string, unknown>,
) {
  const server = await openServer({ secret: (name) => SECRETS[name] })
  // Whatever the time of the test.
  await server.engine.settings.set('quiet_hours.marketing', 'false')
  const twin = await starting
  onTestFinished(() => twin.close())
  const templateId = await server.template({ content: '您好{{code}}', purpose: 'marketing' })
  const service = await server.engine.services.create({
    ...{ name: adapter, channel: 'sms', adapter, priority: 10, enabled: true },
    settings: settings(twin.url, templateId),
  })
  /** The end of a message: its state, or the code when it failed. */
  async function send(recipient: string): Promise<{ id: number; end: string }> {
    const { events } = server.engine
    const ended = Promise.race([once(events, 'message:sent'), once(events, 'message:failed')])
    await server.post('/api/messages/send', { template_id: templateId, recipient, variables: { code: '1' } })
    const { id, state, errorCode } = await ended
    return { id, end: errorCode ?? state }
  }
  const list = async () => (await server.call('/api/suppressions')).body.data.suppressions as unknown[]
  return { server, twin, service, send, list, hook: `${server.url}/callbacks/${service.id}/${TOKEN}` }
}

describe.skipIf(twinsCannotRun)('an answer of a phone', { timeout: 20_000 }, () => {
  it('through Aliyun stops marketing to it, linked to the message that was answered, until it asks for it again', async () => {
    const { twin, send, list, hook } = await opened(startAliyunTwin(), 'sms.aliyun', (base_url, template_id) => ({
      ...{ base_url, access_key_id: ALIYUN_KEY.id, access_key_secret: { env: 'ALIYUN' } },
      ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' } },
      templates: [{ template_id, code: 'SMS_1', variables: [{ name: 'code' }] }],
    }))
    const { id, end } = await send('13800138000')
    expect(end).toBe('sent')
    const answers = [
      { phone: '13800138000', content: ' ｔｄ' },
      { phone: '13800138001', content: '谢谢，收到' },
    ]
    expect(await twin.answer(hook, answers)).toEqual({ status: 200, text: '{"code":0,"msg":"接收成功"}' })
    expect(await list()).toMatchObject([{ recipient: '+86138****8000', reason: 'unsubscribe', record_id: id }])
    expect(await send('13800138000')).toMatchObject({ end: 'suppressed' })
    expect(await send('13800138001')).toMatchObject({ end: 'sent' })
    expect(await twin.answer(`${hook}x`, [{ phone: '13800138000', content: '订阅' }])).toMatchObject({ status: 403 })
    expect(await list()).toHaveLength(1)
    await twin.answer(hook, [{ phone: '13800138000', content: '订阅' }])
    expect(await list()).toEqual([])
  })

  it('through Tencent Cloud stops marketing to it, and is answered as documented', async () => {
    const { twin, list, hook } = await opened(startTencentTwin(), 'sms.tencent', (base_url, template_id) => ({
      ...{ base_url, secret_id: TENCENT_KEY.id, secret_key: { env: 'TENCENT' }, sdk_app_id: '1400006666' },
      ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' } },
      templates: [{ template_id, code: '1', variables: [{ name: 'code' }] }],
    }))
    const answered = await twin.answer(hook, { mobile: '13800138000', text: '退订' })
    expect(answered).toEqual({ status: 200, text: '{"result":0,"errmsg":"OK"}' })
    expect(await list()).toMatchObject([
      { recipient: '+86138****8000', reason: 'unsubscribe', detail: 'answered 退订' },
    ])
  })

  it('through Twilio is believed when it is signed, also with a word that only the account knows', async () => {
    const { server, twin, service, list } = await opened(startTwilioTwin(), 'sms.twilio', (base_url) => ({
      ...{ base_url, account_sid: TWILIO_ACCOUNT, auth_token: { env: 'TWILIO' }, from: '+15005550006' },
      callback_url: 'https://box.example.com/callbacks/2',
    }))
    const address = `https://box.example.com/callbacks/${service.id}`
    const settings = { ...service.settings, callback_url: address }
    await server.engine.services.update(service.id, { settings })
    const from = '+14158675309'
    const stop = { from, text: 'STOP' }
    expect(await twin.incoming(server.url, address, stop, { signedWith: 'another' })).toMatchObject({ status: 403 })
    const tamper = { was: 'STOP', is: 'STAY' }
    expect(await twin.incoming(server.url, address, stop, { tamper })).toMatchObject({ status: 403 })
    expect(await twin.incoming(server.url, address, { from, text: 'who is this?' })).toMatchObject({ status: 200 })
    expect(await list()).toEqual([])
    expect(await twin.incoming(server.url, address, stop)).toEqual({ status: 200, text: '<Response/>' })
    expect(await list()).toMatchObject([{ recipient: '+141****5309', reason: 'unsubscribe', purpose: 'marketing' }])
    await twin.incoming(server.url, address, { from, text: 'GO ON', optOutType: 'START' })
    expect(await list()).toEqual([])
  })
})
