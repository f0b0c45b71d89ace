import { afterEach, describe, expect, it } from 'vitest'
import { content, KEPT } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { startFeishuTwin, type FeishuTwinOptions } from '../../test/twins/feishu.ts'
import type { Twin } from '../../test/twins/http-twin.ts'
import { twinsCannotRun } from '../../test/twins/verifier.ts'
import { vector } from '../../test/vectors.ts'
import { feishuBot } from './feishu-bot.ts'
import { feishuSign } from './sign.ts'

const HOOK = '0a1b0a1b-1111-4222-8333-000011112222'
const CHAT = 'oc_a0553eda9014c201e6969b478895c230'
const PERSON = 'ou_7d8a6e6df7621556ce0d21922b676706'
const SECRET = 'nIMtb7r3N9pkXyXdtAbx6e'
const now = () => Date.UTC(2026, 0, 15, 8)

const adapter = feishuBot()
const opened: Twin[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((twin) => twin.close()))
})
async function twin(options: Partial<FeishuTwinOptions> = {}): Promise<Twin> {
  const started = await startFeishuTwin({ hook: HOOK, secret: SECRET, now, ...options })
  opened.push(started)
  return started
}

type Overrides = Partial<SendOptions>
const send = (url: string, { settings, ...overrides }: Overrides = {}) =>
  sendThrough(adapter, {
    channel: 'feishu',
    settings: { base_url: url, hook: KEPT, secret: KEPT, chat_id: CHAT, ...settings },
    secrets: { hook: HOOK, secret: SECRET },
    to: CHAT,
    now,
    ...overrides,
  })

function fieldsOf(raw: object): string[] {
  const checked = adapter.settings(raw)
  return checked.ok ? [] : checked.errors.map(({ field }) => field)
}
function cfg(raw: object) {
  const checked = adapter.settings(raw)
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

describe('the signature of a Feishu bot', () => {
  it('is that of the published vector', () => {
    const { input, expected } = vector('feishu.bot sign')
    expect(feishuSign(Number(input['timestamp']), String(input['secret']))).toBe(expected['sign'])
  })
})

describe('the settings of a Feishu bot', () => {
  it('are nothing at all when messages name their hook', () => {
    expect(cfg({})).toEqual({ base_url: 'https://open.feishu.cn' })
  })

  it.each([
    ['hook.env', { hook: { env: 'not a name' } }],
    ['chat_id', { hook: KEPT, chat_id: 'ou_12345678' }],
    ['chat_id', { chat_id: CHAT }],
    ['base_url', { base_url: 'http://open.feishu.cn' }],
    ['keyword', { keyword: ' ' }],
    ['hook_env', { hook_env: 'SECRET_FEISHU' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(fieldsOf(raw)).toEqual([field])
  })
})

describe('the recipient of a Feishu bot', () => {
  const own = { hook: KEPT, chat_id: CHAT }
  const check = (raw: string, settings: object) => adapter.validateRecipient(raw, 'feishu', cfg(settings))

  it('is the hook where the service has none', () => {
    expect(check(HOOK.toUpperCase(), {})).toMatchObject({ ok: true, canonical: HOOK })
    expect(check(CHAT, {})).toMatchObject({ ok: false })
  })

  it('is the group of the service, or somebody to mention in it', () => {
    expect(check(CHAT, own)).toMatchObject({ ok: true, to: { hook: null, mention: null } })
    expect(check(PERSON, own)).toMatchObject({ ok: true, to: { mention: PERSON } })
  })

  it('is never another group, whose members are not meant to read it', () => {
    expect(check('oc_ffffffffffffffff', own)).toMatchObject({ ok: false })
    expect(check('on_8ed6aa67826108097d9ee143816345', own)).toMatchObject({ ok: false })
  })

  it('does not repeat a hook in the refusal, since a hook is a credential', () => {
    const checked = check(HOOK, own)
    expect(checked.ok).toBe(false)
    expect(JSON.stringify(checked)).not.toContain(HOOK)
  })
})

describe.skipIf(twinsCannotRun)('a message to a Feishu bot', () => {
  it('is a signed post with title and paragraphs, and that is as far as it goes', async () => {
    const { url, requests } = await twin()
    const outcome = await send(url, { content: { subject: '告警', text: 'CPU 91%\n\nhost a' } })
    expect(outcome).toEqual({ status: 'accepted', final: true })
    expect(JSON.parse(String(requests[0]?.body))).toMatchObject({
      msg_type: 'post',
      content: {
        post: {
          zh_cn: {
            title: '告警',
            content: [
              [{ tag: 'text', text: 'CPU 91%' }],
              [{ tag: 'text', text: ' ' }],
              [{ tag: 'text', text: 'host a' }],
            ],
          },
        },
      },
    })
  })

  it('goes unsigned to the hook that it names', async () => {
    const unsigned = await startFeishuTwin({ hook: HOOK, now })
    opened.push(unsigned)
    const { url, requests } = unsigned
    const outcome = await sendThrough(adapter, { channel: 'feishu', settings: { base_url: url }, to: HOOK })
    expect(outcome).toMatchObject({ status: 'accepted' })
    expect(Object.keys(JSON.parse(String(requests[0]?.body)) as object)).toEqual(['msg_type', 'content'])
  })

  it('mentions the person it is for', async () => {
    const { url, requests } = await twin()
    await send(url, { to: PERSON })
    expect(String(requests[0]?.body)).toContain(`[{"tag":"at","user_id":"${PERSON}"}]`)
  })

  it('cannot call the whole group from a variable', async () => {
    const { url, requests } = await twin()
    await send(url, { content: { text: 'hi <at user_id="all"></at>' } })
    const sent = JSON.parse(String(requests[0]?.body)) as { msg_type: string; content: object }
    // Only `text` reads tags out of its content.
    expect(sent.msg_type).toBe('post')
    expect(JSON.stringify(sent.content)).not.toContain('"tag":"at"')
  })

  it('is refused before it is sent without the keyword, without text, or beyond 20 KB', () => {
    const prepare = (text: string, settings = {}) => adapter.prepare(content({ text }), {}, 'feishu', cfg(settings))
    expect(prepare('no', { keyword: '告警' })).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
    expect(prepare('告警: no', { keyword: '告警' })).toMatchObject({ ok: true })
    expect(prepare(' \n')).toMatchObject({ ok: false })
    expect(prepare('界'.repeat(6_000))).toMatchObject({ ok: true })
    expect(prepare('界'.repeat(7_000))).toMatchObject({ ok: false })
  })
})

describe.skipIf(twinsCannotRun)('what Feishu refuses with status 200', () => {
  it('is a matter of the account when the signature is wrong or the clock is off', async () => {
    const { url } = await twin()
    const wrong = { hook: HOOK, secret: 'another secret' }
    expect(await send(url, { secrets: wrong })).toMatchObject({ status: 'failed', category: 'auth', code: '19021' })
    expect(await send(url, { now: () => now() + 2 * 3_600_000 })).toMatchObject({ category: 'auth', code: '19021' })
  })

  it('is a matter of the recipient when it named a hook that does not exist, else of the account', async () => {
    const { url } = await twin()
    const other = '00000000-0000-4000-8000-000000000000'
    expect(await sendThrough(adapter, { channel: 'feishu', settings: { base_url: url }, to: other })).toMatchObject({
      category: 'invalid_recipient',
      scope: 'recipient',
      code: '19001',
    })
    expect(await send(url, { secrets: { hook: other, secret: SECRET } })).toMatchObject({
      category: 'config',
      scope: 'account',
    })
  })

  it.each([
    [11232, 'rate_limited', 'account'],
    [19022, 'config', 'account'],
    [19024, 'content', 'message'],
    [9499, 'content', 'message'],
    [77777, 'provider_down', 'message'],
  ])('with code %i is %s of the %s', async (code, category, scope) => {
    const { url, failNext } = await twin()
    failNext({ body: { code, msg: 'no', data: {} } })
    expect(await send(url)).toMatchObject({ status: 'failed', category, scope, code: String(code) })
  })

  it('is read in the old form too', async () => {
    const { url, failNext } = await twin()
    failNext({ body: { StatusCode: 0, StatusMessage: 'success' } })
    expect(await send(url)).toMatchObject({ status: 'accepted' })
  })

  it('is known without a call when a secret is missing', async () => {
    const { url, requests } = await twin()
    expect(await send(url, { secrets: { hook: HOOK } })).toMatchObject({
      status: 'failed',
      category: 'auth',
      code: 'no_secret',
    })
    expect(requests).toHaveLength(0)
  })
})

exerciseFaults('a Feishu bot', {
  start: () => startFeishuTwin({ hook: HOOK, secret: SECRET, now }),
  send: (url, signal) => send(url, signal ? { signal } : {}),
  errorIn200: { code: 19001, msg: 'param invalid: incoming webhook access token invalid' },
  secrets: [HOOK, SECRET],
  needsPython: true,
})
