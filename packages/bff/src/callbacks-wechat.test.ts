/** A template message of WeChat: message → provider → encrypted receipt → delivered, with the whole server. */
import { once } from '@signalbox/engine'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  callbacksCannotRun,
  jobFinished,
  MSGID,
  startWechatTwin,
  wechatCallback,
} from '../../channels/test/twins/wechat.ts'
import { openServer } from '../test/support/server.ts'

const APPID = 'wxb11529c136998cb6'
const AES_KEY = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
const CODE = 'ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY'
const OPENID = 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M'
const SECRETS: Record<string, string> = { APP: '0123456789abcdef', TOKEN: 'pamtest', AES_KEY }

describe.skipIf(callbacksCannotRun)('POST /callbacks with WeChat', () => {
  it('takes a template message to delivered by the id that WeChat gave it, and nothing that is not signed', async () => {
    const twin = await startWechatTwin({
      ...{ appid: APPID, secret: '0123456789abcdef', templates: { [CODE]: ['thing1'] }, followers: [OPENID] },
    })
    onTestFinished(() => twin.close())
    const server = await openServer({ secret: (name) => SECRETS[name] })
    const templateId = await server.template({ channel: 'wechat', content: '商品:{{item}}', variables: ['item'] })
    const service = await server.engine.services.create({
      ...{ name: 'wechat', channel: 'wechat', adapter: 'wechat.official', priority: 10, enabled: true },
      settings: {
        ...{ base_url: twin.url, appid: APPID, secret: { env: 'APP' } },
        ...{ callback_token: { env: 'TOKEN' }, callback_aes_key: { env: 'AES_KEY' } },
        templates: [{ template_id: templateId, code: CODE, variables: [{ name: 'item', param: 'thing1' }] }],
      },
    })
    const sent = once(server.engine.events, 'message:sent')
    await server.post('/api/messages/send', { template_id: templateId, recipient: OPENID, variables: { item: '红茶' } })
    const { id } = await sent
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'sent', providerId: MSGID })

    const now = Date.now()
    const xml = jobFinished(OPENID, 'success', Math.floor(now / 1000))
    const report = async (safe: { appid: string; encodingAesKey: string } | null) => {
      const request = await wechatCallback(xml, {
        token: 'pamtest',
        at: now,
        nonce: safe ? '1' : '2',
        ...(safe ? { safe } : {}),
      })
      const url = server.url + request.url.replace('/callbacks/1', `/callbacks/${service.id}`)
      const response = await fetch(url, { method: 'POST', body: request.body })
      return { status: response.status, text: await response.text() }
    }
    expect(await report(null)).toMatchObject({ status: 403 })
    expect(await server.engine.messages.get(id)).toMatchObject({ state: 'sent' })
    const delivered = once(server.engine.events, 'message:delivered')
    expect(await report({ appid: APPID, encodingAesKey: AES_KEY })).toEqual({ status: 200, text: 'success' })
    expect(await delivered).toMatchObject({ id })
  })
})
