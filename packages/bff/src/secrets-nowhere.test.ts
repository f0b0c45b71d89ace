/** A secret of each field of each adapter, driven through providers that repeat it: afterwards it is found nowhere. */
import { adapters } from '@signalbox/channels'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startMailServer } from '../../channels/test/support/mail-server.ts'
import { openServer, type TestServer } from '../test/support/server.ts'

const VAPID = {
  public: 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8',
  private: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
}
const marker = (name: string) => `Marker${name}8c1f0d7be4a95263`.replaceAll('_', '')
/** Where only some texts are a secret. */
const SHAPED: Record<string, string> = {
  'app.webpush private_key': VAPID.private,
  'webhook secret': `whsec_${Buffer.from(marker('WebhookNewest')).toString('base64')}`,
  'webhook previous_secret': `whsec_${Buffer.from(marker('WebhookPrevious')).toString('base64')}`,
  'webhook older_secret': `whsec_${Buffer.from(marker('WebhookOlder')).toString('base64')}`,
  'wechat.official callback_aes_key': marker('AesKey').padEnd(43, 'x').slice(0, 43),
}
/** What an adapter is given for a time by its provider is as good as a secret. */
const ACCESS_TOKEN = marker('AccessToken')

const SECRETS = new Map(
  adapters().map(({ key, form }): [string, Record<string, string>] => [
    key,
    Object.fromEntries(
      Object.entries(form?.schema.properties ?? {}).flatMap(([field, { secret }]) =>
        secret ? [[field, SHAPED[`${key} ${field}`] ?? marker(`${key.replace('.', '')}${field}`)]] : [],
      ),
    ),
  ]),
)
const ALL = [...SECRETS.values()].flatMap((of) => Object.values(of))
const spelled = (secret: string) => [
  ...[secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')],
  Buffer.from(secret).toString('base64url'),
]
const SPELLINGS = [...new Set([...ALL, ACCESS_TOKEN].flatMap(spelled))]

interface Echo {
  url: string
  asked(): number
}

/**
 * A provider that repeats all that it is sent and, one after the other, the words it knows: in the shape of every
 * provider's errors, or none, or dead after the whole request. One for each service, as no provider knows the secrets
 * that another was given.
 */
async function startEcho(known: readonly string[]): Promise<Echo> {
  let asked = 0
  const answers: ((response: ServerResponse, words: string) => void)[] = [
    (response, words) => response.end(JSON.stringify(errorsOf(words))),
    (response, words) => response.writeHead(403).end(words),
    (response, words) => response.writeHead(500).end(JSON.stringify(errorsOf(words))),
    (response) => response.destroy(),
    (response, words) => response.writeHead(400).end(JSON.stringify(errorsOf(words))),
  ]
  const server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const time = asked++
      if (request.url?.includes('stable_token') && time % 2 === 0) {
        return response.end(JSON.stringify({ access_token: ACCESS_TOKEN, expires_in: 7200 }))
      }
      const sent = [request.url, JSON.stringify(request.headers), Buffer.concat(chunks).toString()].join(' ')
      return answers[time % answers.length]?.(response, `${known[time % known.length]} ${sent}`)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

const errorsOf = (words: string) => ({
  ...{ Code: words, Message: words, code: 19024, msg: words, errcode: 40037, errmsg: words, message: words },
  ...{ Response: { Error: { Code: words, Message: words }, RequestId: words }, BizId: words, sid: words },
})

interface Driven {
  settings: Record<string, unknown>
  channel: string
  to: string
}

function servicesAt(urlOf: (adapter: string) => string, mailPort: number, templateId: number): Record<string, Driven> {
  const templates = [{ template_id: templateId, code: '1400006666', variables: [{ name: 'code' }] }]
  const wechatCode = 'ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY'
  const subscription = { endpoint: `${urlOf('app.webpush')}/push/1`, keys: VAPID_KEYS }
  return {
    'email.smtp': {
      ...{ channel: 'email', to: 'ann@example.com' },
      settings: {
        host: '127.0.0.1',
        port: mailPort,
        user: 'box',
        require_tls: false,
        from: { address: 'a@example.com' },
      },
    },
    'sms.aliyun': {
      ...{ channel: 'sms', to: '+8613800138000' },
      settings: {
        ...{ base_url: urlOf('sms.aliyun'), access_key_id: 'LTAI', sign_name: '信号楼' },
        templates: templates.map((each) => ({ ...each, code: 'SMS_1' })),
      },
    },
    'sms.tencent': {
      ...{ channel: 'sms', to: '+8613800138000' },
      settings: {
        base_url: urlOf('sms.tencent'),
        secret_id: 'AKID',
        sdk_app_id: '1400006666',
        sign_name: '信号楼',
        templates,
      },
    },
    'sms.twilio': {
      ...{ channel: 'sms', to: '+14158675309' },
      settings: {
        ...{ base_url: urlOf('sms.twilio'), account_sid: `AC${'0'.repeat(32)}`, api_key_sid: `SK${'0'.repeat(32)}` },
        from: '+15005550006',
      },
    },
    'feishu.bot': {
      channel: 'feishu',
      to: 'oc_12345678',
      settings: { base_url: urlOf('feishu.bot'), chat_id: 'oc_12345678' },
    },
    'dingtalk.bot': { channel: 'feishu', to: 'ops', settings: { base_url: urlOf('dingtalk.bot'), group_id: 'ops' } },
    'wecom.bot': { channel: 'feishu', to: 'ops', settings: { base_url: urlOf('wecom.bot'), group_id: 'ops' } },
    'wechat.official': {
      ...{ channel: 'wechat', to: 'o6_bmjrPTlm6_2sgVt7hMZOPfL2M' },
      settings: {
        ...{ base_url: urlOf('wechat.official'), appid: `wx${'0'.repeat(16)}` },
        templates: [{ template_id: templateId, code: wechatCode, variables: [{ name: 'code', param: 'thing1' }] }],
      },
    },
    'app.webpush': {
      ...{ channel: 'app', to: JSON.stringify(subscription) },
      settings: { public_key: VAPID.public, subject: 'mailto:ops@example.com', allow_loopback: true },
    },
    webhook: { channel: 'app', to: 'user-1', settings: { url: `${urlOf('webhook')}/messages`, allow_loopback: true } },
  }
}
const VAPID_KEYS = {
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}

/** Every address that is read without knowing an id, and those of what there is. */
async function everythingRead(server: TestServer, ids: { services: number[]; messages: number[] }): Promise<string> {
  const { body } = await server.call('/openapi.json')
  const { paths } = body as unknown as { paths: Record<string, Record<string, unknown>> }
  const plain = Object.keys(paths).filter((path) => paths[path]?.['get'] && !path.includes('{'))
  const addresses = [
    ...plain,
    ...ids.services.map((id) => `/api/services/${id}`),
    ...ids.messages.flatMap((id) => [
      `/api/messages/${id}`,
      `/api/messages/traces/${id}`,
      `/api/messages/${id}/explain`,
    ]),
  ]
  const texts: string[] = []
  for (const address of addresses) texts.push((await server.call(address)).text)
  return texts.join('\n')
}

const foundIn = (text: string) => SPELLINGS.filter((spelling) => text.includes(spelling))

function bytesOf(folder: string): string {
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'latin1'))
    .join('\n')
}

describe('the secrets of services', () => {
  it('are found nowhere but with the provider, whoever repeats them', async () => {
    const echoes = new Map<string, Echo>()
    for (const [adapter, secrets] of SECRETS) {
      echoes.set(adapter, await startEcho(Object.values(secrets).flatMap(spelled)))
    }
    const password = SECRETS.get('email.smtp')?.['password'] ?? ''
    const mail = await startMailServer({
      login: { user: 'box', password },
      rcpt: { status: 550, text: `5.7.1 ${Buffer.from(`\0box\0${password}`).toString('base64')} ${password}` },
    })
    onTestFinished(() => mail.close())
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-secrets-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const server = await openServer({ folder })
    const templateId = await server.template({ content: '验证码{{code}}' })
    const others = new Map<string, number>([['sms', templateId]])
    for (const channel of ['email', 'app', 'wechat', 'feishu'] as const) {
      others.set(
        channel,
        await server.template({
          name: channel,
          channel,
          subject: channel === 'email' ? 'Code' : null,
          content: '验证码{{code}}',
        }),
      )
    }

    const answers: string[] = []
    const ids = { services: [] as number[], messages: [] as number[] }
    const services = servicesAt((adapter) => echoes.get(adapter)?.url ?? '', mail.port, templateId)
    expect(Object.keys(services).toSorted()).toEqual(
      [...SECRETS.keys()].filter((key) => Object.keys(SECRETS.get(key) ?? {}).length > 0).toSorted(),
    )
    for (const [adapter, { settings, channel, to }] of Object.entries(services)) {
      const ofChannel = others.get(channel) ?? templateId
      const bound =
        channel === 'wechat'
          ? { templates: [{ ...(settings['templates'] as object[])[0], template_id: ofChannel }] }
          : {}
      const given = { ...settings, ...bound, ...SECRETS.get(adapter) }
      const created = await server.post('/api/services', { name: adapter, channel, adapter, settings: given })
      expect(created).toMatchObject({ status: 201 })
      const { id } = created.body.data
      ids.services.push(id)
      answers.push(created.text)
      // Each is refused for something else, told in an error.
      answers.push((await server.post('/api/services', { name: adapter, channel, adapter, settings: given })).text)
      const wrong = { ...given, nonsense: Object.values(SECRETS.get(adapter) ?? {})[0] }
      answers.push((await server.call(`/api/services/${id}`, { method: 'PUT', body: { settings: wrong } })).text)
      answers.push(
        (await server.call(`/api/services/${id}`, { method: 'PUT', body: { settings: created.body.data.settings } }))
          .text,
      )

      const variables = { code: '123456' }
      const before = echoes.get(adapter)?.asked() ?? 0
      for (let time = 0; time < 5; time++) {
        const body = { recipient: to, template_id: ofChannel, variables }
        answers.push((await server.post(`/api/services/${id}/test`, body)).text)
      }
      const sent = await server.post('/api/messages/send', { template_id: ofChannel, recipient: to, variables })
      expect(sent).toMatchObject({ status: 202 })
      ids.messages.push(sent.body.data.record_id)
      const stateOf = async () => (await server.engine.messages.get(sent.body.data.record_id))?.attempt
      await expect.poll(stateOf, { timeout: 20_000 }).toBeGreaterThan(0)
      if (adapter !== 'email.smtp') expect(echoes.get(adapter)?.asked()).toBeGreaterThan(before)

      const token = SECRETS.get(adapter)?.['receipt_token']
      const [recordId] = ids.messages.slice(-1)
      const said = Object.values(SECRETS.get(adapter) ?? {}).join(' ')
      const report = {
        phone_number: '13800138000',
        success: false,
        err_code: said,
        err_msg: said,
        out_id: String(recordId),
      }
      const times = {
        send_time: '2026-01-15 16:00:00',
        report_time: '2026-01-15 16:00:05',
        biz_id: said,
        sms_size: '1',
      }
      const callback = `/callbacks/${id}${token ? `/${token}` : ''}`
      for (const address of [callback, `${callback}x`]) {
        const body = JSON.stringify([{ ...report, ...times }])
        answers.push((await server.call(address, { method: 'POST', body })).text)
      }
      await server.post(`/api/services/${id}/drain`, {})
    }
    answers.push(await everythingRead(server, ids))
    expect(foundIn(answers.join('\n'))).toEqual([])
    expect(foundIn(JSON.stringify(server.log))).toEqual([])
    expect(answers.join('\n')).toContain('***')

    expect(foundIn(bytesOf(folder))).toEqual([])
    await server.close()
    const bytes = bytesOf(folder)
    expect(foundIn(bytes)).toEqual([])
    expect(bytes).toContain('***')
    expect(bytes).toContain('access_key_id')
  })
})
