import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { content, KEPT, recordingContext } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough } from '../../test/support/send-through.ts'
import { startTencentTwin, TENCENT_KEY, type TencentTwin } from '../../test/twins/tencent.ts'
import { startVerifier, twinsCannotRun } from '../../test/twins/verifier.ts'
import { vector } from '../../test/vectors.ts'
import type { FieldError, RawRequest } from '../adapter.ts'
import { TENCENT_CODES } from './codes.ts'
import { tencentSettingsSchema, type TencentSettings } from './settings.ts'
import { signTc3 } from './sign.ts'
import { smsTencent } from './sms-tencent.ts'

const TOKEN = 'f3c1a7e09b524d6d8a10aa55'
const SECRETS = { secret_key: TENCENT_KEY.secret, receipt_token: TOKEN }
const NOW = Date.UTC(2026, 0, 15, 8)
const ctx = recordingContext('sms', { secrets: SECRETS, now: () => NOW })
const adapter = smsTencent()

const GIVEN = {
  secret_id: TENCENT_KEY.id,
  secret_key: KEPT,
  sdk_app_id: '1400006666',
  sign_name: '信号楼',
  receipt_token: KEPT,
  templates: [
    { template_id: 1, code: '449739', purpose: 'otp', variables: [{ name: 'code' }] },
    { template_id: 2, code: '449740', variables: [{ name: 'day' }, { name: 'who', max_length: 5 }] },
    { template_id: 3, code: '449741', purpose: 'marketing' },
  ],
}

function settings(fields: Record<string, unknown> = {}): TencentSettings {
  const checked = adapter.settings({ ...GIVEN, ...fields })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

function errorsOf(templateId: number, text: string, variables: Record<string, string>): FieldError[] {
  const result = adapter.prepare(content({ templateId, text }), variables, 'sms', settings())
  return result.ok ? [] : result.errors
}

const vectorSchema = z.object({
  key: z.object({ id: z.string(), secret: z.string() }),
  ...{ service: z.string(), host: z.string(), contentType: z.string(), timestamp: z.int(), body: z.string() },
})

test('signs the published request as published, and so does the independent verifier', async () => {
  const { input, expected } = vector('sms.tencent sign')
  const { key, ...request } = vectorSchema.parse(input)
  const { authorization, signature } = signTc3(request, key)
  expect(signature).toBe(expected['signature'])
  if (twinsCannotRun) return
  const verifier = startVerifier()
  const { host, contentType, timestamp, body } = request
  const headers = { authorization, host, 'content-type': contentType, 'x-tc-timestamp': String(timestamp) }
  const judged = {
    scheme: 'tc3',
    secret: key.secret,
    method: 'POST',
    url: '/',
    headers,
    body: Buffer.from(body),
  } as const
  expect(await verifier.verify(judged)).toEqual({ ok: true, why: '', expected: signature })
  expect(await verifier.verify({ ...judged, body: Buffer.from(`${body} `) })).toMatchObject({ ok: false })
  await verifier.close()
})

describe('settings', () => {
  test('are described, every field of them', () => {
    const { properties } = z.toJSONSchema(tencentSettingsSchema, { io: 'input' })
    for (const field of Object.values(properties ?? {}))
      expect(field).toMatchObject({ description: expect.any(String) })
  })

  test.each([
    [{ secret_key: { env: 'not a name' } }, 'secret_key.env'],
    [{ sdk_app_id: 'app' }, 'sdk_app_id'],
    [{ region: 'Guangzhou' }, 'region'],
    [{ templates: [{ template_id: 1, code: 'SMS_1' }] }, 'templates[0].code'],
    [{ base_url: 'http://sms.tencentcloudapi.com' }, 'base_url'],
  ])('refuse %j at %s', (fields, field) => {
    expect(adapter.settings({ ...GIVEN, ...fields })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe('prepare', () => {
  test('gives the values in the order of the provider’s template', () => {
    const ready = adapter.prepare(
      content({ templateId: 2, text: '小王,周五' }),
      { who: '小王', day: '周五' },
      'sms',
      settings(),
    )
    expect(ready).toEqual({
      ok: true,
      segments: 1,
      payload: { signName: '信号楼', templateId: '449740', params: ['周五', '小王'], text: '【信号楼】小王,周五' },
    })
  })

  test('names the field of every limit that is broken', () => {
    expect(errorsOf(9, 'x', {})).toMatchObject([{ field: 'templates' }])
    expect(errorsOf(1, 'x', { code: '1234567' })).toMatchObject([{ field: 'variables.code' }])
    expect(errorsOf(1, 'x', { code: '1' })).toEqual([])
    expect(errorsOf(2, 'x', { day: 'www.a.cn', who: '一二三四五六' })).toMatchObject([
      { field: 'variables.day' },
      { field: 'variables.who' },
    ])
    expect(errorsOf(2, 'x'.repeat(501), { day: '5', who: 'a' })).toMatchObject([{ field: 'text' }])
    expect(errorsOf(3, '好', {})).toMatchObject([{ field: 'text' }])
    expect(errorsOf(3, '拒收请回复R,好', {})).toEqual([])
  })
})

describe('receipts', () => {
  const REPORT = {
    ...{ user_receive_time: '2026-01-15 16:00:05', nationcode: '86', mobile: '13800138000', report_status: 'SUCCESS' },
    ...{ errmsg: 'DELIVRD', description: '用户短信送达成功', sid: '5000:1045710669157053657849499619' },
  }
  const at = Date.UTC(2026, 0, 15, 8, 0, 5)
  const post = (body: unknown, token: string = TOKEN): RawRequest => ({
    ...{ method: 'POST', url: `/callbacks/1/${token}`, token, headers: {} },
    body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
  })
  const parse = (request: RawRequest, cfg = settings()) => Promise.resolve(adapter.parseReceipt?.(request, cfg, ctx))

  test('name the message by the provider’s number, or by our own where it comes back', async () => {
    const failed = { ...REPORT, report_status: 'FAIL', errmsg: 'MK:0001', description: '空号', ext: '373506914918401' }
    const providerId = '5000:1045710669157053657849499619'
    expect(await parse(post([REPORT, { ...failed, user_receive_time: '' }]))).toEqual({
      auth: 'secret_url',
      events: [
        { providerId, recipient: '+8613800138000', state: 'delivered', at },
        { recordId: 373506914918401, state: 'failed', at: NOW, code: 'MK:0001', detail: '空号' },
      ],
      reply: { status: 200, type: 'application/json; charset=utf-8', body: '{"result":0,"errmsg":"OK"}' },
    })
  })

  test('keep every digit of a number that is sent without quotes', async () => {
    const body = JSON.stringify([REPORT]).replace('"5000:1045710669157053657849499619"', '1045710669157053657849499619')
    expect(await parse(post(body))).toMatchObject({ events: [{ providerId: '1045710669157053657849499619' }] })
  })

  test('from abroad keep their country', async () => {
    const abroad = { ...REPORT, nationcode: '852', mobile: '51234567' }
    expect(await parse(post([abroad]))).toMatchObject({ events: [{ recipient: '+85251234567' }] })
  })

  test('of another form say nothing; what a phone answers is taken', async () => {
    expect(await parse(post([{ sid: '1' }, 7]))).toMatchObject({ events: [], reply: { status: 200 } })
    const answer = { extend: '', mobile: '13800138000', nationcode: '86', sign: '信号楼', text: 'TD', time: 1460000000 }
    expect(await parse(post(answer))).toMatchObject({ events: [], reply: { status: 200 } })
    expect(await parse(post('<xml/>'))).toMatchObject({ events: [], reply: { status: 400 } })
  })

  test('are refused at an address whose secret is short enough to guess', async () => {
    const short = recordingContext('sms', { secrets: { receipt_token: TOKEN.slice(0, 23) } })
    const guessed = post(JSON.stringify([REPORT]), TOKEN.slice(0, 23))
    expect(await adapter.parseReceipt?.(guessed, settings(), short)).toMatchObject({ auth: 'rejected' })
  })

  test('are refused without the secret of the address', async () => {
    const rejected = { auth: 'rejected', events: [], reply: { status: 403 } }
    expect(await parse(post([REPORT], 'another'))).toMatchObject(rejected)
    expect(await parse(post([REPORT]), settings({ receipt_token: undefined }))).toMatchObject(rejected)
    expect(await parse({ ...post([REPORT]), method: 'GET' })).toMatchObject(rejected)
  })
})

describe.skipIf(twinsCannotRun)('against the twin', () => {
  let twin: TencentTwin
  beforeAll(async () => {
    twin = await startTencentTwin()
  })
  afterAll(() => twin.close())
  beforeEach(() => {
    twin.taken.length = 0
    twin.complaints.length = 0
  })

  const send = (to = '13800138000', secrets: Record<string, string> = SECRETS, fields: Record<string, unknown> = {}) =>
    sendThrough(adapter, {
      ...{ channel: 'sms', to, secrets, settings: { ...GIVEN, base_url: twin.url, ...fields } },
      ...{ content: { templateId: 2, text: '好' }, variables: { day: '五', who: '"小\\王"' } },
    })

  test('sends what the twin takes, with a signature that it verifies by itself', async () => {
    expect(await send()).toEqual({
      ...{ status: 'accepted', providerId: '5000:104571066915705365784949960', segments: 1, final: false },
    })
    expect(twin.complaints).toEqual([])
    expect(twin.taken).toMatchObject([
      { phone: '+8613800138000', sign: '信号楼', template: '449740', params: ['五', '"小\\王"'], context: '42' },
    ])
    expect(await send('+852 5123 4567')).toMatchObject({ status: 'accepted' })
    expect(twin.taken[1]).toMatchObject({ phone: '+85251234567' })
    expect(await send(undefined, undefined, { receipt_token: undefined })).toMatchObject({ final: true })
  })

  test('fails for the account with a wrong key, or with none', async () => {
    const auth = { status: 'failed', category: 'auth', scope: 'account' }
    expect(await send(undefined, { secret_key: 'wrong-key' })).toMatchObject({
      ...auth,
      code: 'AuthFailure.SignatureFailure',
    })
    expect(await send(undefined, {})).toMatchObject({ ...auth, code: 'no_secret' })
    expect(twin.taken).toEqual([])
  })

  test.each(Object.entries(TENCENT_CODES))('reads %s as %j, of the call and of the number', async (code, meaning) => {
    const exact = code.replace('.*', '.Other')
    const outcome =
      meaning === 'unknown'
        ? { status: 'unknown', code: exact }
        : { status: 'failed', category: meaning[0], scope: meaning[1], code: exact, ...meaning[2] }
    twin.failNext({ body: { Response: { Error: { Code: exact, Message: 'm' }, RequestId: '1' } } })
    expect(await send()).toMatchObject(outcome)
    twin.failNext({ body: { Response: { SendStatusSet: [{ SerialNo: '', Code: exact, Message: 'm' }] } } })
    expect(await send()).toMatchObject(outcome)
  })

  test('knows which refusals pass, which reach the account, and what nobody knows', () => {
    expect(TENCENT_CODES).toMatchObject({
      'InternalError.Timeout': 'unknown',
      'InternalError.*': ['provider_down', 'provider'],
      'LimitExceeded.PhoneNumberDailyLimit': ['rate_limited', 'recipient', { retryAfterMs: 86_400_000 }],
      'LimitExceeded.AppDailyLimit': ['quota', 'account'],
      'FailedOperation.PhoneNumberInBlacklist': ['unsubscribed', 'recipient', { suppress: 'carrier_blacklist' }],
      'AuthFailure.*': ['auth', 'account'],
    })
    expect(Object.keys(TENCENT_CODES)).toHaveLength(26)
  })

  test('reads a code that no table knows as a refusal of this message, from a broken server as unknown', async () => {
    const body = { Response: { Error: { Code: 'FailedOperation.New', Message: 'm' } } }
    twin.failNext({ body })
    expect(await send()).toMatchObject({ status: 'failed', category: 'config', scope: 'message' })
    twin.failNext({ status: 500, body })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'FailedOperation.New' })
    twin.failNext({ body: { Response: { SendStatusSet: [] } } })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'garbled' })
  })

  test('finds out afterwards what became of it, by our number or the provider’s', async () => {
    const cfg = settings({ base_url: twin.url })
    const live = recordingContext('sms', { secrets: SECRETS })
    const attempt = {
      ...{ recordId: 42, recipient: '+8613800138000', providerId: null, idempotencyKey: 'msg_1', at: Date.now() },
    }
    expect(await adapter.reconcile?.(attempt, cfg, live)).toMatchObject({ status: 'unknown', code: 'not_listed' })
    await send()
    const providerId = '5000:104571066915705365784949960'
    const found = { status: 'delivered', at: expect.any(Number) as number }
    expect(await adapter.reconcile?.(attempt, cfg, live)).toEqual(found)
    expect(await adapter.reconcile?.({ ...attempt, recordId: 7, providerId }, cfg, live)).toEqual(found)
    expect(await adapter.reconcile?.({ ...attempt, recordId: 7 }, cfg, live)).toMatchObject({ status: 'unknown' })
    twin.failNext('reset')
    expect(await adapter.reconcile?.(attempt, cfg, live)).toMatchObject({ status: 'unknown', code: 'ECONNRESET' })
    expect(twin.complaints).toEqual([])
  })
})

describe.skipIf(twinsCannotRun)('in front of the twin', () => {
  exerciseFaults('sms.tencent', {
    start: startTencentTwin,
    send: (url, signal) =>
      sendThrough(adapter, {
        ...{ channel: 'sms', to: '13800138000', settings: { ...GIVEN, base_url: url }, secrets: SECRETS },
        ...{ content: { templateId: 1, text: '好' }, variables: { code: '123456' }, ...(signal ? { signal } : {}) },
      }),
    errorIn200: { Response: { Error: { Code: 'AuthFailure.SecretIdNotFound', Message: 'no' }, RequestId: 'r' } },
    secrets: [TENCENT_KEY.secret],
  })
})
