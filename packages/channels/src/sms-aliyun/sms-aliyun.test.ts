import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { content, KEPT, NOTICE, recordingContext } from '../../test/support/context.ts'
import { ALIYUN_KEY, startAliyunTwin, type AliyunTwin } from '../../test/twins/aliyun.ts'
import { startVerifier, twinsCannotRun } from '../../test/twins/verifier.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough } from '../../test/support/send-through.ts'
import { vector } from '../../test/vectors.ts'
import type { FieldError, RawRequest } from '../adapter.ts'
import { ALIYUN_CODES, windowMs } from './codes.ts'
import type { AliyunSettings } from './settings.ts'
import { acsHeaders, canonicalQuery, signAcs } from './sign.ts'
import { smsAliyun } from './sms-aliyun.ts'

const TOKEN = 'f3c1a7e09b524d6d8a10aa55'
const SECRETS = { access_key_secret: ALIYUN_KEY.secret, receipt_token: TOKEN }
const ctx = recordingContext('sms', { secrets: SECRETS })
const adapter = smsAliyun()

const GIVEN = {
  access_key_id: ALIYUN_KEY.id,
  access_key_secret: KEPT,
  sign_name: '信号楼',
  receipt_token: KEPT,
  templates: [
    { template_id: 1, code: 'SMS_100001', purpose: 'otp', variables: [{ name: 'code' }] },
    { template_id: 2, code: 'SMS_100002', variables: [{ name: 'who', param: 'name', max_length: 5 }, { name: 'day' }] },
    { template_id: 3, code: 'SMS_100003', purpose: 'marketing', sign_name: '信号' },
  ],
}

function settings(fields: Record<string, unknown> = {}): AliyunSettings {
  const checked = adapter.settings({ ...GIVEN, ...fields })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

function prepared(templateId: number, text: string, variables: Record<string, string>, cfg = settings()) {
  return adapter.prepare(content({ templateId, text }), variables, 'sms', cfg)
}

function errorsOf(templateId: number, text: string, variables: Record<string, string>): FieldError[] {
  const result = prepared(templateId, text, variables)
  return result.ok ? [] : result.errors
}

const vectorSchema = z.object({
  key: z.object({ id: z.string(), secret: z.string() }),
  query: z.record(z.string(), z.string()),
  ...{ method: z.string(), host: z.string(), body: z.string(), nonce: z.string() },
  ...{ action: z.string(), version: z.string(), at: z.string() },
})

test('signs the published request as published, and so does the independent verifier', async () => {
  const { input, expected } = vector('sms.aliyun sign')
  const { key, method, host, query, body, action, version, at, nonce } = vectorSchema.parse(input)
  const headers = acsHeaders(host, { action, version, at: Date.parse(at), nonce, body })
  const signed = signAcs({ method, host, query, headers, body }, key)
  expect(signed).toMatchObject({ canonicalHash: expected['canonical_hash'], signature: expected['signature'] })
  if (twinsCannotRun) return
  const verifier = startVerifier()
  const url = `/?${canonicalQuery(query)}`
  const all = { ...headers, authorization: signed.authorization }
  const judged = { scheme: 'acs3', secret: key.secret, method, url, headers: all, body: new Uint8Array() } as const
  expect(await verifier.verify(judged)).toEqual({ ok: true, why: '', expected: expected['signature'] })
  expect(await verifier.verify({ ...judged, secret: 'another' })).toMatchObject({ ok: false })
  await verifier.close()
})

describe('settings', () => {
  test.each([
    [{ access_key_secret: { env: 'not a name' } }, 'access_key_secret.env'],
    [{ sign_name: '' }, 'sign_name'],
    [{ base_url: 'http://dysmsapi.aliyuncs.com' }, 'base_url'],
    [{ templates: [{ template_id: 1, code: '100' }] }, 'templates[0].code'],
    [{ templates: [GIVEN.templates[0], GIVEN.templates[0]] }, 'templates'],
    [{ access_key_secret_env: 'SECRET_ALIYUN' }, 'access_key_secret_env'],
  ])('refuse %j at %s', (fields, field) => {
    const checked = adapter.settings({ ...GIVEN, ...fields })
    expect(checked).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe('prepare', () => {
  test('fills the variables of the template at the provider, every value a string', () => {
    const result = prepared(2, '小王,周五见', { who: '小王', day: '5', other: 'x' })
    expect(result).toEqual({
      ok: true,
      segments: 1,
      payload: {
        ...{ signName: '信号楼', templateCode: 'SMS_100002', templateParam: '{"name":"小王","day":"5"}' },
        text: '【信号楼】小王,周五见',
      },
    })
  })

  test('counts the signature among the characters of a part', () => {
    expect(prepared(2, 'x'.repeat(65), { who: 'a', day: '5' })).toMatchObject({ segments: 1 })
    expect(prepared(2, 'x'.repeat(66), { who: 'a', day: '5' })).toMatchObject({ segments: 2 })
  })

  test('names the field of every limit that is broken', () => {
    expect(errorsOf(9, 'x', {})).toMatchObject([{ field: 'templates' }])
    expect(errorsOf(1, 'x', { code: '123' })).toMatchObject([{ field: 'variables.code' }])
    expect(errorsOf(1, 'x', { code: '12a456' })).toMatchObject([{ field: 'variables.code' }])
    expect(errorsOf(1, 'x', { code: '123456' })).toEqual([])
    expect(errorsOf(2, 'x', { who: '一二三四五六', day: '5' })).toMatchObject([{ field: 'variables.who' }])
    expect(errorsOf(2, 'x', { who: '', day: 'x'.repeat(36) })).toMatchObject([
      { field: 'variables.who' },
      { field: 'variables.day' },
    ])
    expect(errorsOf(2, 'x', { who: '【a】', day: 'x'.repeat(35) })).toMatchObject([{ field: 'variables.who' }])
    expect(errorsOf(2, 'x', { who: 'a', day: 'http://a.cn' })).toMatchObject([{ field: 'variables.day' }])
    expect(errorsOf(2, 'x'.repeat(501), { who: 'a', day: '5' })).toMatchObject([{ field: 'text' }])
    expect(errorsOf(2, '好,拒收请回复R', { who: 'a', day: '5' })).toMatchObject([{ field: 'text' }])
    expect(errorsOf(3, '好', {})).toMatchObject([{ field: 'text' }])
    expect(errorsOf(3, '好,拒收请回复R', {})).toEqual([])
  })
})

describe('codes', () => {
  test('say which refusals pass and which reach the account', () => {
    expect(ALIYUN_CODES).toMatchObject({
      'isp.SYSTEM_ERROR': ['provider_down', 'provider'],
      'isv.BUSINESS_LIMIT_CONTROL': ['rate_limited', 'recipient'],
      'isv.DAY_LIMIT_CONTROL': ['quota', 'account'],
      'isv.MOBILE_NUMBER_ILLEGAL': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
      'isv.SMS_TEMPLATE_ILLEGAL': ['template', 'message'],
      'isp.RAM_PERMISSION_DENY': ['auth', 'account'],
    })
    expect(Object.keys(ALIYUN_CODES)).toHaveLength(27)
  })

  test('a number over its limit waits for the end of the window that the message names', () => {
    const now = Date.UTC(2026, 0, 15, 8, 20, 30)
    expect(windowMs('触发分钟级流控Permits:1', now)).toBe(30_000)
    expect(windowMs('触发小时级流控Permits:5', now)).toBe(39 * 60_000 + 30_000)
    expect(windowMs('触发天级流控Permits:10', now)).toBe(86_400_000)
    expect(windowMs('触发流控', now)).toBeUndefined()
  })
})

describe('receipts', () => {
  const REPORT = {
    ...{ phone_number: '13800138000', send_time: '2026-01-15 16:00:00', report_time: '2026-01-15 16:00:05' },
    ...{
      success: true,
      err_code: 'DELIVERED',
      err_msg: '用户接收成功',
      sms_size: '1',
      biz_id: '1^0',
      out_id: '373506914918400',
    },
  }
  const post = (body: string, token: string = TOKEN): RawRequest => ({
    ...{ method: 'POST', url: `/callbacks/1/${token}`, token, headers: {} },
    body: Buffer.from(body),
  })
  const parse = (request: RawRequest, cfg = settings(), as = ctx) =>
    Promise.resolve(adapter.parseReceipt?.(request, cfg, as))

  test('become events in the clock of China, and are answered as documented', async () => {
    const failed = { ...REPORT, success: false, err_code: 'MI:0024', err_msg: '关机', out_id: '373506914918401' }
    const at = Date.UTC(2026, 0, 15, 8, 0, 5)
    expect(await parse(post(JSON.stringify([REPORT, failed])))).toEqual({
      auth: 'secret_url',
      events: [
        { recordId: 373506914918400, state: 'delivered', at },
        { recordId: 373506914918401, state: 'failed', at, code: 'MI:0024', detail: '关机' },
      ],
      reply: { status: 200, type: 'application/json; charset=utf-8', body: '{"code":0,"msg":"接收成功"}' },
    })
  })

  test('of what was not sent from here are answered and say nothing', async () => {
    const foreign = [{ ...REPORT, out_id: undefined }, { ...REPORT, out_id: 'order-7' }, { phone_number: '1' }, 'x']
    expect(await parse(post(JSON.stringify(foreign)))).toMatchObject({ events: [], reply: { status: 200 } })
  })

  test('are refused at an address whose secret is short enough to guess', async () => {
    const short = recordingContext('sms', { secrets: { receipt_token: TOKEN.slice(0, 23) } })
    const guessed = post(JSON.stringify([REPORT]), TOKEN.slice(0, 23))
    expect(await adapter.parseReceipt?.(guessed, settings(), short)).toMatchObject({ auth: 'rejected' })
  })

  test('are refused without the secret of the address', async () => {
    const rejected = { auth: 'rejected', events: [], reply: { status: 403 } }
    const body = JSON.stringify([REPORT])
    expect(await parse(post(body, `${TOKEN}x`))).toMatchObject(rejected)
    expect(await parse(post(body, ''))).toMatchObject(rejected)
    expect(await parse(post(body), settings(), recordingContext('sms'))).toMatchObject(rejected)
    expect(await parse(post(body), settings({ receipt_token: undefined }))).toMatchObject(rejected)
    expect(await parse({ ...post(body), method: 'GET' })).toMatchObject(rejected)
  })

  test.each(['', '{}', '<xml/>', '[', 'null'])('are refused when they are %j', async (body) => {
    expect(await parse(post(body))).toMatchObject({ events: [], reply: { status: 400 } })
  })
})

describe.skipIf(twinsCannotRun)('against the twin', () => {
  let twin: AliyunTwin
  beforeAll(async () => {
    twin = await startAliyunTwin()
  })
  afterAll(() => twin.close())
  beforeEach(() => {
    twin.taken.length = 0
    twin.complaints.length = 0
  })

  async function send(options: { to?: string; cfg?: AliyunSettings; ms?: number; text?: string } = {}) {
    const cfg = options.cfg ?? settings({ base_url: twin.url })
    const recipient = adapter.validateRecipient(options.to ?? '13800138000', 'sms', cfg)
    if (!recipient.ok) throw new Error(recipient.reason)
    const ready = prepared(2, options.text ?? '好', { who: "a*'(~", day: '!五 +&=' }, cfg)
    if (!ready.ok) throw new Error(JSON.stringify(ready.errors))
    const [outcome] = await adapter.send(
      {
        ...{ recordId: 373506914918400, traceId: 'msg_1', to: [recipient.to], payload: ready.payload },
        ...{
          ...NOTICE,
          idempotencyKey: 'msg_1',
          deadline: Date.now() + (options.ms ?? 10_000),
          signal: new AbortController().signal,
        },
      },
      cfg,
      ctx,
    )
    return outcome
  }

  test('sends what the twin takes, with a signature that it verifies by itself', async () => {
    expect(await send()).toEqual({ status: 'accepted', providerId: '90061950^0', segments: 1, final: false })
    expect(twin.complaints).toEqual([])
    expect(twin.taken).toMatchObject([
      {
        ...{ phone: '13800138000', sign: '信号楼', template: 'SMS_100002', outId: '373506914918400' },
        param: { name: "a*'(~", day: '!五 +&=' },
      },
    ])
  })

  test('writes a number abroad with its country code and without +, and counts its parts so', async () => {
    expect(await send({ to: '+852 5123 4567', text: 'x'.repeat(155) })).toMatchObject({ segments: 3 })
    expect(twin.taken).toMatchObject([{ phone: '85251234567' }])
  })

  test('is final where no receipt can come', async () => {
    const cfg = settings({ base_url: twin.url, receipt_token: undefined })
    expect(await send({ cfg })).toMatchObject({ status: 'accepted', final: true })
  })

  test('fails for the account with a wrong key, and shows it nowhere', async () => {
    const wrong = recordingContext('sms', { secrets: { access_key_secret: 'wrong-secret' } })
    const cfg = settings({ base_url: twin.url })
    const ready = prepared(2, '好', { who: 'a', day: 'b' }, cfg)
    if (!ready.ok) throw new Error('expected a payload')
    const delivery = {
      ...{ recordId: 1, traceId: 'msg_1', to: ['+8613800138000'], payload: ready.payload, idempotencyKey: 'msg_1' },
      ...{ ...NOTICE, deadline: Date.now() + 5000, signal: new AbortController().signal },
    }
    const [outcome] = await adapter.send(delivery, cfg, wrong)
    expect(outcome).toMatchObject({
      status: 'failed',
      category: 'auth',
      scope: 'account',
      code: 'SignatureDoesNotMatch',
    })
    const [none] = await adapter.send(delivery, cfg, recordingContext('sms'))
    expect(none).toMatchObject({ status: 'failed', category: 'auth', code: 'no_secret' })
    expect(twin.taken).toEqual([])
  })

  test.each(Object.entries(ALIYUN_CODES))('reads %s as %j', async (code, meaning) => {
    const exact = code.replace('.*', '.User')
    twin.failNext({ status: 200, body: JSON.stringify({ Code: exact, Message: '触发分钟级流控Permits:1' }) })
    const outcome = await send()
    const [category, scope, more] = meaning
    expect(outcome).toMatchObject({ status: 'failed', category, scope, code: exact, ...more })
  })

  test('reads a code that no table knows as a refusal of this message, from a broken server as unknown', async () => {
    const body = JSON.stringify({ Code: 'isv.NEW_RULE', Message: 'm' })
    twin.failNext({ status: 400, body })
    twin.failNext({ status: 500, body: JSON.stringify({ Code: 'InternalError', Message: 'm' }) })
    expect(await send()).toMatchObject({ status: 'failed', category: 'config', scope: 'message', code: 'isv.NEW_RULE' })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'InternalError' })
  })

  test('shows no secret that the provider repeats', async () => {
    const Message = `denied for ${ALIYUN_KEY.secret} and ${Buffer.from(ALIYUN_KEY.secret).toString('base64')}`
    twin.failNext({ status: 403, body: JSON.stringify({ Code: 'Forbidden.RAM', Message }) })
    twin.failNext({ status: 403, body: Message })
    for (const code of ['Forbidden.RAM', 'HTTP 403']) {
      expect(await send()).toMatchObject({ status: 'failed', category: 'auth', code, detail: 'denied for *** and ***' })
    }
  })

  test('waits as long as Retry-After says', async () => {
    twin.failNext({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' })
    expect(await send()).toMatchObject({ status: 'failed', category: 'rate_limited', retryAfterMs: 7000 })
  })

  test('knows nothing when the twin took it and did not say so', async () => {
    for (const fault of ['hang', 'reset', 'garbage'] as const) twin.failNext(fault)
    expect(await send({ ms: 300 })).toMatchObject({ status: 'unknown', code: 'ETIMEDOUT' })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'ECONNRESET' })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'garbled' })
    expect(twin.taken).toHaveLength(3)
  })

  test('finds out afterwards what became of it, by our own id', async () => {
    const cfg = settings({ base_url: twin.url })
    const attempt = {
      ...{ recordId: 373506914918400, recipient: '+8613800138000', providerId: null },
      ...{ idempotencyKey: 'msg_1', at: Date.now() },
    }
    expect(await adapter.reconcile?.(attempt, cfg, ctx)).toMatchObject({ status: 'unknown', code: 'not_listed' })
    await send()
    expect(await adapter.reconcile?.(attempt, cfg, ctx)).toEqual({
      ...{ status: 'delivered', at: expect.any(Number) as number },
    })
    expect(await adapter.reconcile?.({ ...attempt, recordId: 1 }, cfg, ctx)).toMatchObject({ status: 'unknown' })
    twin.failNext('reset')
    twin.failNext({ status: 503, body: '{"Code":"ServiceUnavailable","Message":"m"}' })
    expect(await adapter.reconcile?.(attempt, cfg, ctx)).toMatchObject({ status: 'unknown', code: 'ECONNRESET' })
    expect(await adapter.reconcile?.(attempt, cfg, ctx)).toMatchObject({ status: 'unknown' })
    expect(twin.complaints).toEqual([])
  })
})

describe.skipIf(twinsCannotRun)('in front of the twin', () => {
  exerciseFaults('sms.aliyun', {
    start: startAliyunTwin,
    send: (url, signal) =>
      sendThrough(adapter, {
        ...{ channel: 'sms', to: '13800138000', settings: { ...GIVEN, base_url: url }, secrets: SECRETS },
        ...{ content: { templateId: 1, text: '好' }, variables: { code: '123456' }, ...(signal ? { signal } : {}) },
      }),
    errorIn200: { Code: 'isv.OUT_OF_SERVICE', Message: '业务停机' },
    secrets: [ALIYUN_KEY.secret],
  })
})
