import { afterEach, describe, expect, it } from 'vitest'
import { content, KEPT } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { startDingtalkTwin, type DingtalkTwinOptions } from '../../test/twins/dingtalk.ts'
import type { Twin } from '../../test/twins/http-twin.ts'
import { twinsCannotRun } from '../../test/twins/verifier.ts'
import { dingtalkBot } from './dingtalk-bot.ts'

const TOKEN = '566cc69da782ec33e42541b09b08551f09fbe864eb8008112e994b43887f4e21'
const SECRET = 'SECd0b1c2a39f4be8d7c605e4f3a2b1c0d9e8f7a6b5'
const GROUP = 'ops-night'
const now = () => Date.UTC(2026, 0, 15, 8)

const adapter = dingtalkBot()
const opened: Twin[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((twin) => twin.close()))
})
async function twin(options: Partial<DingtalkTwinOptions> = {}): Promise<Twin> {
  const started = await startDingtalkTwin({ token: TOKEN, secret: SECRET, now, ...options })
  opened.push(started)
  return started
}

const OWN = { token: KEPT, secret: KEPT, group_id: GROUP }
const send = (url: string, { settings, ...overrides }: Partial<SendOptions> = {}) =>
  sendThrough(adapter, {
    channel: 'feishu',
    settings: { base_url: url, ...OWN, ...settings },
    secrets: { token: TOKEN, secret: SECRET },
    to: GROUP,
    now,
    ...overrides,
  })

function bodyOf({ requests }: Twin): unknown {
  return JSON.parse(String(requests.at(-1)?.body))
}
function prepare(text: string, settings = {}) {
  const checked = adapter.settings({ ...OWN, ...settings })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return adapter.prepare(content({ text }), {}, 'feishu', checked.value)
}

describe('the settings of a DingTalk bot', () => {
  it.each([
    ['token', { token: '' }],
    ['group_id', { group_id: 'a group' }],
    ['format', { format: 'html' }],
    ['base_url', { base_url: 'ftp://oapi.dingtalk.com' }],
    ['token_env', { token_env: 'SECRET_DINGTALK' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(adapter.settings({ ...OWN, ...raw })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe.skipIf(twinsCannotRun)('a message to a DingTalk bot', () => {
  it('is signed in the query with milliseconds, and that is as far as it goes', async () => {
    const started = await twin()
    expect(await send(started.url, { content: { subject: '告警', text: 'CPU 91%' } })).toEqual({
      status: 'accepted',
      final: true,
    })
    expect(bodyOf(started)).toEqual({ msgtype: 'text', text: { content: '告警\nCPU 91%' }, at: { isAtAll: false } })
    expect(started.requests[0]?.query.get('timestamp')).toBe(String(now()))
  })

  it('is a Markdown message with a title, that of the template when there is no subject', async () => {
    const started = await twin()
    await send(started.url, { settings: { format: 'markdown' }, content: { text: '**91%**', templateName: 'cpu' } })
    expect(bodyOf(started)).toMatchObject({ msgtype: 'markdown', markdown: { title: 'cpu', text: '**91%**' } })
  })

  it('mentions whom it is for, in the text and in the list', async () => {
    const started = await twin()
    await send(started.url, { to: '13800138000' })
    expect(bodyOf(started)).toMatchObject({
      text: { content: '@13800138000 hello' },
      at: { atMobiles: ['13800138000'], isAtAll: false },
    })
    await send(started.url, { to: 'manager4117', settings: { format: 'markdown' } })
    expect(bodyOf(started)).toMatchObject({
      markdown: { text: '@manager4117\n\nhello' },
      at: { atUserIds: ['manager4117'] },
    })
  })

  it('is refused before it is sent without text, without the keyword, or when it is too long', () => {
    expect(prepare(' ')).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
    expect(prepare('no', { keyword: '告警' })).toMatchObject({ ok: false })
    expect(prepare('界'.repeat(6_600))).toMatchObject({ ok: true })
    expect(prepare('界'.repeat(6_700))).toMatchObject({ ok: false })
  })
})

describe.skipIf(twinsCannotRun)('what DingTalk refuses with status 200', () => {
  it('is a matter of the account when the signature or the clock is wrong', async () => {
    const { url } = await twin()
    expect(await send(url, { secrets: { token: TOKEN, secret: 'SECother' } })).toMatchObject({
      category: 'auth',
      code: '310000',
    })
    expect(await send(url, { now: () => now() + 7_200_000 })).toMatchObject({ category: 'auth', scope: 'account' })
  })

  it('is a matter of the message when the keyword is missing, of the settings when the address is not listed', async () => {
    const { url, failNext } = await twin({ keyword: '告警' })
    expect(await send(url)).toMatchObject({ category: 'content', scope: 'message', code: '310000' })
    failNext({ body: { errcode: 310000, errmsg: 'ip 1.2.3.4 not in whitelist' } })
    expect(await send(url)).toMatchObject({ category: 'config', scope: 'account' })
  })

  it('shuts a bot out for ten minutes when it was too fast', async () => {
    const { url, failNext } = await twin()
    failNext({ body: { errcode: 130101, errmsg: 'send too fast, exceed 20 times per minute' } })
    expect(await send(url)).toMatchObject({ category: 'rate_limited', scope: 'account', retryAfterMs: 600_000 })
  })

  it('may pass later when the system is busy or the code is not known', async () => {
    const { url, failNext } = await twin()
    failNext({ body: { errcode: -1, errmsg: '系统繁忙' } })
    expect(await send(url)).toMatchObject({ category: 'provider_down', code: '-1' })
    expect(await send(url, { secrets: { token: 'unknown token', secret: SECRET } })).toMatchObject({
      status: 'failed',
      code: '300005',
    })
  })
})

exerciseFaults('a DingTalk bot', {
  start: () => startDingtalkTwin({ token: TOKEN, secret: SECRET, now }),
  send: (url, signal) => send(url, signal ? { signal } : {}),
  errorIn200: { errcode: 310000, errmsg: 'keywords not in content' },
  secrets: [TOKEN, SECRET],
  needsPython: true,
})
