import { afterEach, describe, expect, it } from 'vitest'
import { content, KEPT } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import type { Twin } from '../../test/twins/http-twin.ts'
import { startWecomTwin } from '../../test/twins/wecom.ts'
import { wecomBot } from './wecom-bot.ts'

const KEY = '693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa'
const GROUP = 'ops-night'

const adapter = wecomBot()
const opened: Twin[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((twin) => twin.close()))
})
async function twin(): Promise<Twin> {
  const started = await startWecomTwin({ key: KEY })
  opened.push(started)
  return started
}

const OWN = { key: KEPT, group_id: GROUP }
const send = (url: string, { settings, ...overrides }: Partial<SendOptions> = {}) =>
  sendThrough(adapter, {
    channel: 'feishu',
    settings: { base_url: url, ...OWN, ...settings },
    secrets: { key: KEY },
    to: GROUP,
    ...overrides,
  })

function cfg(settings = {}) {
  const checked = adapter.settings({ ...OWN, ...settings })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}
const prepare = (text: string, settings = {}) => adapter.prepare(content({ text }), {}, 'feishu', cfg(settings))

function bodyOf({ requests }: Twin): unknown {
  return JSON.parse(String(requests.at(-1)?.body))
}

describe('the settings of a WeCom bot', () => {
  it.each([
    ['key.env', { key: { env: 'a key' } }],
    ['group_id', { group_id: '' }],
    ['format', { format: 'image' }],
    ['key_env', { key_env: 'SECRET_WECOM' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(adapter.settings({ ...OWN, ...raw })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe('a message to a WeCom bot', () => {
  it('is text under the key of the bot, and that is as far as it goes', async () => {
    const started = await twin()
    expect(await send(started.url, { content: { subject: '告警', text: 'CPU 91%' } })).toEqual({
      status: 'accepted',
      final: true,
    })
    expect(bodyOf(started)).toEqual({ msgtype: 'text', text: { content: '告警\nCPU 91%' } })
  })

  it('mentions whom it is for', async () => {
    const started = await twin()
    await send(started.url, { to: '13800138000' })
    expect(bodyOf(started)).toMatchObject({ text: { mentioned_mobile_list: ['13800138000'] } })
    await send(started.url, { to: 'wangqing' })
    expect(bodyOf(started)).toMatchObject({ text: { mentioned_list: ['wangqing'] } })
    await send(started.url, { to: 'wangqing', settings: { format: 'markdown' } })
    expect(bodyOf(started)).toMatchObject({ markdown: { content: '<@wangqing>\nhello' } })
  })

  it('cannot mention a mobile number in Markdown', () => {
    expect(adapter.validateRecipient('13800138000', 'feishu', cfg({ format: 'markdown' }))).toMatchObject({ ok: false })
  })

  it('cannot mention anybody from a variable in Markdown', async () => {
    const started = await twin()
    await send(started.url, { settings: { format: 'markdown' }, content: { text: 'hi <@wangqing>' } })
    expect(String(started.requests[0]?.body)).not.toContain('<@')
  })

  it('has 2,048 bytes as text and 4,096 as Markdown, a mention included', async () => {
    const { url } = await twin()
    expect(prepare('界'.repeat(682))).toMatchObject({ ok: true })
    expect(prepare('界'.repeat(683))).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
    expect(prepare('界'.repeat(1_350), { format: 'markdown' })).toMatchObject({ ok: false })
    const longest = { settings: { format: 'markdown' }, content: { text: 'x'.repeat(4_096 - 70) }, to: 'u'.repeat(64) }
    expect(await send(url, longest)).toMatchObject({ status: 'accepted' })
  })
})

describe('what WeCom refuses with status 200', () => {
  it('is a matter of the account when the key is unknown', async () => {
    const { url } = await twin()
    expect(await send(url, { secrets: { key: 'another-key' } })).toMatchObject({
      status: 'failed',
      category: 'config',
      scope: 'account',
      code: '93000',
    })
  })

  it.each([
    [45009, 'rate_limited', 'account'],
    [40058, 'content', 'message'],
    [-1, 'provider_down', 'provider'],
    [99999, 'provider_down', 'message'],
  ])('with code %i is %s of the %s', async (errcode, category, scope) => {
    const { url, failNext } = await twin()
    failNext({ body: { errcode, errmsg: 'no' } })
    expect(await send(url)).toMatchObject({ status: 'failed', category, scope, code: String(errcode) })
  })
})

exerciseFaults('a WeCom bot', {
  start: () => startWecomTwin({ key: KEY }),
  send: (url, signal) => send(url, signal ? { signal } : {}),
  errorIn200: { errcode: 93000, errmsg: 'invalid webhook url' },
  secrets: [KEY],
})
