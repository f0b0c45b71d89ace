import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { content, KEPT, recordingContext } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { MSGID, startWechatTwin, type WechatTwin } from '../../test/twins/wechat.ts'
import { fieldProblem } from './fields.ts'
import { createTokens } from './tokens.ts'
import { wechatOfficial, type WechatAdapter } from './wechat-official.ts'

const APPID = 'wx5823bf96d3bd56c7'
const SECRET = '0123456789abcdef0123456789abcdef'
const TEMPLATE = 'ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY'
const OPENID = 'OPENIDfollower0123456789'
const NOW = Date.UTC(2026, 0, 15, 8)
const BINDING = { template_id: 1, code: TEMPLATE, variables: [{ name: 'item', param: 'thing1' }] }
const OWN = { appid: APPID, secret: KEPT, templates: [BINDING] }
const TWIN = { appid: APPID, secret: SECRET, templates: { [TEMPLATE]: ['thing1'] }, followers: [OPENID] }

let adapter: WechatAdapter
let twin: WechatTwin
beforeEach(async () => {
  adapter = wechatOfficial()
  twin = await startWechatTwin(TWIN)
})
afterEach(() => twin.close())

const send = (overrides: Partial<SendOptions> = {}) =>
  sendThrough(adapter, {
    channel: 'wechat',
    to: OPENID,
    variables: { item: '红茶' },
    secrets: { secret: SECRET },
    now: () => NOW,
    ...overrides,
    settings: { base_url: twin.url, ...OWN, ...overrides.settings },
  })

function lastBody(): Record<string, unknown> {
  return JSON.parse(String(twin.requests.at(-1)?.body)) as Record<string, unknown>
}
const pathsCalled = () => twin.requests.map(({ path }) => path.split('/').at(-1))

describe('the settings of an official account', () => {
  it.each([
    ['appid', { appid: 'gh_1' }],
    ['secret.env', { secret: { env: 'a b' } }],
    ['templates', { templates: [BINDING, BINDING] }],
    ['templates[0].code', { templates: [{ ...BINDING, code: 'short' }] }],
    ['templates[0].url', { templates: [{ ...BINDING, url: 'javascript:alert(1)' }] }],
    ['callback_token', { callback_aes_key: KEPT }],
    ['secret_env', { secret_env: 'SECRET_WECHAT' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(adapter.settings({ ...OWN, ...raw })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe('a template message', () => {
  it('carries fields, not text, and its id digit by digit', async () => {
    expect(await send()).toEqual({ status: 'accepted', providerId: MSGID, final: true })
    expect(pathsCalled()).toEqual(['stable_token', 'send'])
    expect(lastBody()).toEqual({
      touser: OPENID,
      template_id: TEMPLATE,
      data: { thing1: { value: '红茶' } },
      client_msg_id: 'msg_00000000042',
    })
  })

  it('is waited on for its receipt when callbacks are set', async () => {
    expect(await send({ settings: { callback_token: KEPT } })).toMatchObject({ final: false })
  })

  it('is sent once although it is handed over twice', async () => {
    await send()
    await send()
    expect(twin.sent).toEqual([`${OPENID} msg_00000000042`])
  })

  it('leads to a page with the values in it, which cannot change where it leads', async () => {
    const url = 'https://shop.example/o?item={{item}}&x=1'
    await send({ settings: { templates: [{ ...BINDING, url }] }, variables: { item: 'a&x=2#/@' } })
    expect(lastBody()['url']).toBe('https://shop.example/o?item=a%26x%3D2%23%2F%40&x=1')
  })

  it('is a subscription notice where the template is one: without an id of ours and without a receipt', async () => {
    const settings = {
      callback_token: KEPT,
      templates: [{ ...BINDING, kind: 'subscribe', url: 'https://a.example' }],
    }
    expect(await send({ settings })).toEqual({ status: 'accepted', final: true })
    expect(pathsCalled()).toEqual(['stable_token', 'bizsend'])
    expect(lastBody()).toEqual({
      touser: OPENID,
      template_id: TEMPLATE,
      page: 'https://a.example',
      data: { thing1: { value: '红茶' } },
    })
  })

  it('names every value that does not fit its field before it is sent', () => {
    const checked = adapter.settings({
      ...OWN,
      templates: [
        {
          ...BINDING,
          variables: [
            { name: 'item', param: 'thing1' },
            { name: 'order', param: 'character_string2' },
          ],
        },
      ],
    })
    if (!checked.ok) throw new Error('expected settings')
    const prepare = (variables: Record<string, string>, templateId = 1) =>
      adapter.prepare(content({ templateId }), variables, 'wechat', checked.value)
    expect(prepare({ item: '字'.repeat(21), order: '订单' })).toMatchObject({
      ok: false,
      errors: [{ field: 'variables.item' }, { field: 'variables.order' }],
    })
    expect(prepare({ item: '红茶' })).toMatchObject({ ok: false, errors: [{ field: 'variables.order' }] })
    expect(prepare({ item: '红茶', order: 'A-1' }, 2)).toMatchObject({ ok: false, errors: [{ field: 'templates' }] })
  })
})

describe('what fits a field', () => {
  it.each([
    ['thing1', '字'.repeat(20), true],
    ['thing1', '字'.repeat(21), false],
    ['thing1', '两\n行', false],
    ['character_string2', 'A-1', true],
    ['character_string2', '订单', false],
    ['amount3', '¥128.50', true],
    ['amount3', '128元', true],
    ['amount3', 'about 128', false],
    ['name4', '一二三四五六七八九十', true],
    ['name4', '一二三四五六七八九十十', false],
    ['name4', 'abcdefghijklmnopqrst', true],
    ['phrase5', '已发货', true],
    ['phrase5', '已经发货了吗', false],
    ['phone_number6', '+86 13800138000', true],
    ['number7', '12a', false],
    ['symbol8', '★★★', true],
    ['remark', 'x'.repeat(200), true],
    ['first', '', false],
  ])('%s = %s: %s', (field, value, fits) => {
    expect(fieldProblem(field, value) === null).toBe(fits)
  })
})

describe('the access token', () => {
  it('is asked for once by everybody who needs it at the same time, and then kept', async () => {
    await Promise.all(Array.from({ length: 5 }, () => send()))
    await send()
    expect(pathsCalled().filter((path) => path === 'stable_token')).toHaveLength(1)
  })

  it('is asked for again before it ends', async () => {
    await send()
    await send({ now: () => NOW + 6_900_000 })
    expect(pathsCalled().filter((path) => path === 'stable_token')).toHaveLength(1)
    await send({ now: () => NOW + 7_100_000 })
    expect(pathsCalled().filter((path) => path === 'stable_token')).toHaveLength(2)
  })

  it('that ended early fails one attempt, which may be made again, and is asked for with the next', async () => {
    await send()
    twin.endToken()
    expect(await send()).toMatchObject({ status: 'failed', category: 'provider_down', scope: 'message', code: '40001' })
    expect(await send()).toMatchObject({ status: 'accepted' })
    expect(twin.tokensGiven()).toBe(2)
  })

  it('that took its place is not thrown away by a late refusal of the one before', async () => {
    const tokens = createTokens()
    const checked = adapter.settings({ base_url: twin.url, ...OWN })
    if (!checked.ok) throw new Error('expected settings')
    const ctx = recordingContext('wechat', { now: () => NOW, secrets: { secret: SECRET } })
    const get = async () => {
      const answer = await tokens.get(checked.value, ctx)
      if (!answer.ok) throw new Error(answer.outcome.detail)
      return answer.token
    }
    const first = await get()
    twin.endToken()
    tokens.invalidate(1, first)
    const second = await get()
    // Somebody who was still on the way with the first hears now that it has ended.
    tokens.invalidate(1, first)
    expect(await get()).toBe(second)
    expect(twin.tokensGiven()).toBe(2)
  })

  it('that is refused when it is fresh is a matter of the account', async () => {
    twin.failNext({ body: { access_token: 'not what the server knows', expires_in: 7200 } })
    expect(await send()).toMatchObject({ category: 'auth', scope: 'account', code: '40001' })
  })

  it('that is not given means that nothing was sent, whatever broke', async () => {
    twin.failNext('reset')
    expect(await send()).toMatchObject({ status: 'failed', category: 'provider_down', scope: 'provider' })
    twin.failNext('garbage')
    expect(await send()).toMatchObject({ status: 'failed', category: 'provider_down', code: 'garbled' })
    twin.failNext({ status: 500, body: 'oops' })
    expect(await send()).toMatchObject({ status: 'failed', category: 'provider_down', code: 'HTTP 500' })
    expect(twin.sent).toEqual([])
  })

  it('is not given for a wrong secret, and the secret is not shown', async () => {
    const outcome = await send({ secrets: { secret: 'wrong-secret-wrong' } })
    expect(outcome).toMatchObject({ category: 'auth', scope: 'account', code: '40125' })
    expect(await send({ secrets: {} })).toMatchObject({ code: 'no_secret' })
  })

  it('is forgotten when the service is closed', async () => {
    await send()
    await adapter.close?.(1)
    await send()
    expect(pathsCalled().filter((path) => path === 'stable_token')).toHaveLength(2)
  })
})

describe('what WeChat refuses with status 200', () => {
  it('is a matter of the recipient who does not follow, and of the template that is not there', async () => {
    expect(await send({ to: 'OPENIDstranger0123456789' })).toMatchObject({
      category: 'unsubscribed',
      scope: 'recipient',
      code: '43004',
      suppress: 'unsubscribe',
    })
    const other = { ...BINDING, code: 'another_template_id_0123' }
    expect(await send({ settings: { templates: [other] } })).toMatchObject({ category: 'template', code: '40037' })
  })

  it('waits for midnight in China when the quota of the day is used up', async () => {
    await send()
    twin.failNext({ body: { errcode: 45009, errmsg: 'reach max api daily quota limit' } })
    // 16:00 in China.
    expect(await send()).toMatchObject({ category: 'quota', scope: 'account', retryAfterMs: 8 * 3_600_000 })
  })

  it.each([
    [-1, 'provider_down', 'provider'],
    [45011, 'rate_limited', 'account'],
    [40003, 'invalid_recipient', 'recipient'],
    [43101, 'unsubscribed', 'recipient'],
    [47003, 'content', 'message'],
    [48001, 'config', 'account'],
  ])('with code %i is %s of the %s', async (errcode, category, scope) => {
    await send()
    twin.failNext({ body: { errcode, errmsg: 'no' } })
    expect(await send()).toMatchObject({ status: 'failed', category, scope, code: String(errcode) })
  })
})

// The token has been asked for before the fault: what fails is the message.
exerciseFaults('an official account', {
  async start() {
    adapter = wechatOfficial()
    const started = await startWechatTwin(TWIN)
    await send({ settings: { base_url: started.url } })
    return started
  },
  send: (url, signal) => send({ settings: { base_url: url }, ...(signal ? { signal } : {}) }),
  requestsBefore: 2,
  // The first token of the twin: what the request carries.
  errorIn200: { errcode: 43004, errmsg: 'require subscribe' },
  secrets: ['1_'.padEnd(136, 'tokenTOKEN_-')],
})
