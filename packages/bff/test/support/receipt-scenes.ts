/** The whole server, a provider's twin that brings its receipts by itself, and the door between them. */
import { once, type ServiceRecord } from '@signalbox/engine'
import { onTestFinished } from 'vitest'
import { ManualAfter } from '../../../channels/test/support/manual-after.ts'
import { ALIYUN_KEY, startAliyunTwin } from '../../../channels/test/twins/aliyun.ts'
import { post, type Answer, type Courier } from '../../../channels/test/twins/courier.ts'
import { openFrontDoor, type FrontDoor } from '../../../channels/test/twins/front-door.ts'
import type { Twin } from '../../../channels/test/twins/http-twin.ts'
import { startTencentTwin, TENCENT_KEY } from '../../../channels/test/twins/tencent.ts'
import { startTwilioTwin, TWILIO_ACCOUNT, TWILIO_TOKEN } from '../../../channels/test/twins/twilio.ts'
import { jobFinished, startWechatTwin, wechatCallback } from '../../../channels/test/twins/wechat.ts'
import { openServer, type TestServer } from './server.ts'

const TOKEN = '5b0c9f3a7d1e42c8a6f45d21'
const WECHAT = {
  token: 'pamtest',
  safe: { appid: 'wxb11529c136998cb6', encodingAesKey: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' },
}
const CODE = 'ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY'
const OPENIDS = ['o6_bmjrPTlm6_2sgVt7hMZOPfL2M', 'o6_bmjrPTlm6_2sgVt7hMZOPfL2N']
const SECRETS: Record<string, string> = {
  ...{ ALIYUN: ALIYUN_KEY.secret, TENCENT: TENCENT_KEY.secret, TWILIO: TWILIO_TOKEN, HOOK: TOKEN },
  ...{ WECHAT: '0123456789abcdef', WECHAT_TOKEN: WECHAT.token, WECHAT_AES: WECHAT.safe.encodingAesKey },
}

export interface ReceiptScene {
  server: TestServer
  twin: Twin
  courier: Courier<unknown>
  clock: ManualAfter
  door: FrontDoor
  /** Accepts one message, to the first or the second of two recipients. */
  accept(to?: 0 | 1): Promise<number>
  /** Accepts one and waits until the provider has taken it. */
  send(to?: 0 | 1): Promise<number>
  /** Lets the time pass that the provider takes, and waits for its calls. */
  arrive(calls?: number): Promise<void>
  /** Brings the receipt of the last message as somebody would who does not know the secret. The answer's status. */
  forge(): Promise<number>
  stateOf(id: number): Promise<string | undefined>
}

interface Parts {
  server: TestServer
  door: FrontDoor
  clock: ManualAfter
}

/** What differs from provider to provider. */
interface Provider {
  twin: Twin
  service: Pick<ServiceRecord, 'channel' | 'adapter' | 'settings'>
  template: { channel?: 'wechat'; content: string }
  recipients: readonly [string, string]
  bring(service: ServiceRecord): Promise<Courier<unknown>> | Courier<unknown>
  forge(service: ServiceRecord): Promise<Answer>
}

const SMS = ['+8613800138000', '+8613800138001'] as const
const hookOf = (door: FrontDoor, { id }: ServiceRecord) => `${door.url}/callbacks/${id}/${TOKEN}`

export const PROVIDERS = {
  async Aliyun({ door, clock }: Parts, templateId: number): Promise<Provider> {
    const twin = await startAliyunTwin()
    const templates = [{ template_id: templateId, code: 'SMS_1', purpose: 'otp', variables: [{ name: 'code' }] }]
    return {
      ...{ twin, recipients: SMS, template: { content: '验证码{{code}}' } },
      service: {
        ...{ channel: 'sms', adapter: 'sms.aliyun' },
        settings: {
          ...{ base_url: twin.url, access_key_id: ALIYUN_KEY.id, access_key_secret: { env: 'ALIYUN' } },
          ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' }, templates },
        },
      },
      bring: (service) => twin.bring(hookOf(door, service), clock),
      // Unsigned: who knows the address is believed, and nobody else.
      forge: (service) => twin.report(hookOf(door, service).replace(TOKEN, 'another token of somebody'), twin.taken),
    }
  },

  async Tencent({ door, clock }: Parts, templateId: number): Promise<Provider> {
    const twin = await startTencentTwin()
    const templates = [{ template_id: templateId, code: '449739', purpose: 'otp', variables: [{ name: 'code' }] }]
    return {
      ...{ twin, recipients: SMS, template: { content: '验证码{{code}}' } },
      service: {
        ...{ channel: 'sms', adapter: 'sms.tencent' },
        settings: {
          ...{
            base_url: twin.url,
            secret_id: TENCENT_KEY.id,
            secret_key: { env: 'TENCENT' },
            sdk_app_id: '1400006666',
          },
          ...{ sign_name: '信号楼', receipt_token: { env: 'HOOK' }, templates },
        },
      },
      bring: (service) => twin.bring(hookOf(door, service), clock),
      // Unsigned: who knows the address is believed, and nobody else.
      forge: (service) => twin.report(hookOf(door, service).replace(TOKEN, 'another token of somebody'), twin.taken),
    }
  },

  async Twilio({ server, door, clock }: Parts): Promise<Provider> {
    const twin = await startTwilioTwin()
    const settings = {
      ...{ base_url: twin.url, account_sid: TWILIO_ACCOUNT, auth_token: { env: 'TWILIO' }, from: '+15005550006' },
    }
    return {
      ...{ twin, recipients: ['+14158675309', '+14158675310'], template: { content: 'Your code is {{code}}' } },
      service: { channel: 'sms', adapter: 'sms.twilio', settings },
      async bring({ id }) {
        // The address holds the id of the service, which exists only now.
        const callback_url = `https://box.example.com/callbacks/${id}`
        await server.engine.services.update(id, { settings: { ...settings, callback_url } })
        return twin.bring(door.url, clock)
      },
      forge() {
        const message = twin.taken.at(-1)
        if (!message) throw new Error('expected the twin to have a message')
        return twin.report(door.url, message, 'sent', { tamper: true })
      },
    }
  },

  async WeChat({ door, clock }: Parts, templateId: number): Promise<Provider> {
    const { appid } = WECHAT.safe
    const twin = await startWechatTwin({
      ...{ appid, secret: '0123456789abcdef', templates: { [CODE]: ['thing1'] }, followers: OPENIDS },
    })
    return {
      ...{
        twin,
        recipients: [OPENIDS[0] ?? '', OPENIDS[1] ?? ''],
        template: { channel: 'wechat', content: '验证码{{code}}' },
      },
      service: {
        ...{ channel: 'wechat', adapter: 'wechat.official' },
        settings: {
          ...{ base_url: twin.url, appid, secret: { env: 'WECHAT' } },
          ...{ callback_token: { env: 'WECHAT_TOKEN' }, callback_aes_key: { env: 'WECHAT_AES' } },
          templates: [{ template_id: templateId, code: CODE, variables: [{ name: 'code', param: 'thing1' }] }],
        },
      },
      bring: ({ id }) => twin.bring(`${door.url}/callbacks/${id}`, clock, WECHAT),
      async forge({ id }) {
        const at = Date.now()
        const xml = jobFinished(OPENIDS[0] ?? '', 'success', Math.floor(at / 1000))
        const { url, body } = await wechatCallback(xml, { ...WECHAT, at, nonce: '7' })
        const changed = body.toString().replace(/(<Encrypt><!\[CDATA\[)(..)/, (_, before: string) => `${before}AA`)
        const address = `${door.url}${url.replace('/callbacks/1', `/callbacks/${id}`)}`
        return post(address, changed, { 'content-type': 'text/xml' })
      },
    }
  },
} as const

export async function openScene(name: keyof typeof PROVIDERS): Promise<ReceiptScene> {
  const server = await openServer({ secret: (secret) => SECRETS[secret] })
  const door = await openFrontDoor(server.url)
  const clock = new ManualAfter()
  // The first template of a new store; its number is needed in the settings, and its text by them.
  const templateId = 1
  const { twin, service, template, recipients, bring, forge } = await PROVIDERS[name](
    { server, door, clock },
    templateId,
  )
  onTestFinished(async () => {
    await door.close()
    await twin.close()
  })
  expectSame(await server.template({ ...template, variables: ['code'] }), templateId)
  const created = await server.engine.services.create({ ...service, name, priority: 10, enabled: true })
  const courier = await bring(created)

  async function accept(to: 0 | 1 = 0): Promise<number> {
    const body = { template_id: templateId, recipient: recipients[to], variables: { code: '123456' } }
    const reply = await server.post('/api/messages/send', body)
    expectSame(reply.status, 202)
    return reply.body.data.record_id as number
  }
  return {
    ...{ server, twin, courier, clock, door, accept },
    async send(to) {
      const sent = once(server.engine.events, 'message:sent')
      const id = await accept(to)
      await sent
      return id
    },
    async arrive(calls = 1) {
      const before = courier.tries.length
      clock.advance(courier.terms.delayMs)
      await courier.ended(before + calls)
    },
    forge: async () => (await forge(created)).status,
    stateOf: async (id) => (await server.engine.messages.get(id))?.state,
  }
}

function expectSame(got: unknown, expected: unknown): void {
  if (got !== expected) throw new Error(`expected ${String(expected)}, got ${String(got)}`)
}
