import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { content, KEPT, recordingContext } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough } from '../../test/support/send-through.ts'
import { startTwilioTwin, TWILIO_ACCOUNT, TWILIO_TOKEN, type TwilioTwin } from '../../test/twins/twilio.ts'
import { startVerifier, twinsCannotRun } from '../../test/twins/verifier.ts'
import { vector } from '../../test/vectors.ts'
import type { RawRequest } from '../adapter.ts'
import { TWILIO_CODES } from './codes.ts'
import { twilioSettingsSchema, type TwilioSettings } from './settings.ts'
import { twilioSignature } from './sign.ts'
import { smsTwilio } from './sms-twilio.ts'

const SECRETS = { auth_token: TWILIO_TOKEN }
const NOW = Date.UTC(2026, 0, 15, 8)
const ctx = recordingContext('sms', { secrets: SECRETS, now: () => NOW })
const adapter = smsTwilio()
const PUBLIC = 'https://box.example.com/callbacks/3'
const GIVEN = { account_sid: TWILIO_ACCOUNT, auth_token: KEPT, from: '+15005550006', callback_url: PUBLIC }

function settings(fields: Record<string, unknown> = {}): TwilioSettings {
  const checked = adapter.settings({ ...GIVEN, ...fields })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

const vectorSchema = z.object({
  ...{ token: z.string(), url: z.string() },
  form: z.array(z.tuple([z.string(), z.string()])),
})

test.each(['sms.twilio signature', 'sms.twilio signature, a name with several values'])(
  'signs as published: %s; and so does the independent verifier',
  async (name) => {
    const { input, expected } = vector(name)
    const { token, url, form } = vectorSchema.parse(input)
    expect(twilioSignature(token, url, form)).toBe(expected['signature'])
    if (twinsCannotRun) return
    const verifier = startVerifier()
    const body = Buffer.from(new URLSearchParams(form).toString())
    const judged = { scheme: 'twilio', secret: token, method: 'POST', url, headers: {}, body } as const
    expect(await verifier.verify(judged)).toMatchObject({ expected: expected['signature'] })
    await verifier.close()
  },
)

describe('settings', () => {
  test('are described, every field of them', () => {
    const { properties } = z.toJSONSchema(twilioSettingsSchema, { io: 'input' })
    for (const field of Object.values(properties ?? {}))
      expect(field).toMatchObject({ description: expect.any(String) })
  })

  test.each([
    [{ account_sid: 'AC1' }, 'account_sid'],
    [{ from: undefined }, 'from'],
    [{ messaging_service_sid: `MG${'0'.repeat(32)}` }, 'from'],
    [{ from: 'a name that is too long' }, 'from'],
    [{ api_key_sid: `SK${'0'.repeat(32)}` }, 'api_key_secret'],
    [{ callback_url: 'https://me:secret@box.example.com/callbacks/3' }, 'callback_url'],
    [{ callback_url: `${PUBLIC}?a=1` }, 'callback_url'],
    [{ base_url: 'http://api.twilio.com' }, 'base_url'],
  ])('refuse %j at %s', (fields, field) => {
    expect(adapter.settings({ ...GIVEN, ...fields })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

test('sends our text as it is, and counts its parts', () => {
  const prepare = (text: string) => adapter.prepare(content({ text }), {}, 'sms', settings())
  expect(prepare('x'.repeat(161))).toEqual({ ok: true, payload: { text: 'x'.repeat(161) }, segments: 2 })
  expect(prepare('')).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
  expect(prepare('x'.repeat(1601))).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
})

describe('receipts', () => {
  const FORM = { AccountSid: TWILIO_ACCOUNT, MessageSid: 'SM1', MessageStatus: 'delivered' }
  function callback(
    fields: Record<string, string> = {},
    options: { signed?: string; query?: string } = {},
  ): RawRequest {
    const form = new URLSearchParams({ ...FORM, ...fields })
    const query = options.query ?? '?record=373506914918400'
    const signature = twilioSignature(TWILIO_TOKEN, options.signed ?? PUBLIC + query, form)
    return {
      ...{ method: 'POST', url: `/callbacks/3${query}`, headers: { 'x-twilio-signature': signature } },
      body: Buffer.from(form.toString()),
    }
  }
  const parse = (request: RawRequest, cfg = settings(), as = ctx) =>
    Promise.resolve(adapter.parseReceipt?.(request, cfg, as))
  const rejected = { auth: 'rejected', events: [], reply: { status: 403 } }

  test('are believed when they are signed over the public address, with the port or without', async () => {
    const recordId = 373506914918400
    const delivered = { auth: 'signature', events: [{ recordId, state: 'delivered', at: NOW }], reply: { status: 200 } }
    expect(await parse(callback())).toMatchObject(delivered)
    const withPort = 'https://box.example.com:443/callbacks/3?record=373506914918400'
    expect(await parse(callback({}, { signed: withPort }))).toMatchObject(delivered)
  })

  test('are refused when anything differs from what was signed', async () => {
    const good = callback()
    expect(await parse({ ...good, body: Buffer.from(`${Buffer.from(good.body).toString()}&x=1`) })).toMatchObject(
      rejected,
    )
    expect(await parse({ ...good, url: '/callbacks/3?record=373506914918401' })).toMatchObject(rejected)
    expect(await parse({ ...good, headers: {} })).toMatchObject(rejected)
    expect(await parse({ ...good, method: 'GET' })).toMatchObject(rejected)
    expect(await parse(callback({}, { signed: 'http://127.0.0.1:8000/callbacks/3?record=1' }))).toMatchObject(rejected)
    expect(await parse(good, settings({ callback_url: undefined }))).toMatchObject(rejected)
    expect(await parse(good, settings(), recordingContext('sms', { now: () => NOW }))).toMatchObject(rejected)
  })

  test.each([
    ['queued', null],
    ['sent', null],
    ['delivered', 'delivered'],
    ['read', 'read'],
    ['undelivered', 'failed'],
    ['failed', 'failed'],
    ['constructor', null],
  ])('that say %s mean %s', async (MessageStatus, state) => {
    const { events = [] } = (await parse(callback({ MessageStatus, ErrorCode: '30003' }))) ?? {}
    expect(events.map((event) => event.state)).toEqual(state === null ? [] : [state])
    if (state === 'failed') expect(events).toMatchObject([{ code: '30003' }])
  })

  test('of another account or without a record say nothing', async () => {
    const nothing = { auth: 'signature', events: [], reply: { status: 200 } }
    expect(await parse(callback({ AccountSid: 'AC2' }))).toMatchObject(nothing)
    expect(await parse(callback({}, { query: '' }))).toMatchObject(nothing)
  })
})

describe.skipIf(twinsCannotRun)('against the twin', () => {
  let twin: TwilioTwin
  beforeAll(async () => {
    twin = await startTwilioTwin()
  })
  afterAll(() => twin.close())
  beforeEach(() => {
    twin.taken.length = 0
    twin.complaints.length = 0
  })

  const send = (fields: Record<string, unknown> = {}, secrets: Record<string, string> = SECRETS) =>
    sendThrough(adapter, {
      ...{ channel: 'sms', to: '+1 415 867 5309', secrets, settings: { ...GIVEN, base_url: twin.url, ...fields } },
      content: { text: 'Hi & bye, 你好 + 100%' },
    })

  test('sends what the twin takes', async () => {
    const sid = `SM${'0'.repeat(32)}`
    expect(await send()).toEqual({ status: 'accepted', providerId: sid, segments: 1, final: false })
    expect(twin.complaints).toEqual([])
    expect(twin.taken).toMatchObject([
      { to: '+14158675309', from: '+15005550006', body: 'Hi & bye, 你好 + 100%', callback: `${PUBLIC}?record=42` },
    ])
    expect(await send({ callback_url: undefined })).toMatchObject({ final: true })
    expect(twin.taken[1]).toMatchObject({ callback: null })
  })

  test('fails for the account with a wrong token, or with none', async () => {
    const auth = { status: 'failed', category: 'auth', scope: 'account' }
    expect(await send({}, { auth_token: 'wrong-token' })).toMatchObject({ ...auth, code: '20003' })
    expect(await send({}, {})).toMatchObject({ ...auth, code: 'no_secret' })
  })

  test('knows which refusals pass and which reach the account', () => {
    expect(TWILIO_CODES).toMatchObject({
      '20003': ['auth', 'account'],
      '20429': ['rate_limited', 'account'],
      '21211': ['invalid_recipient', 'recipient', { suppress: 'hard_bounce' }],
      '21610': ['unsubscribed', 'recipient', { suppress: 'unsubscribe' }],
    })
    expect(Object.keys(TWILIO_CODES)).toHaveLength(10)
  })

  test.each(Object.entries(TWILIO_CODES))('reads %s as %j', async (code, meaning) => {
    const [category, scope, more] = meaning
    twin.failNext({
      status: 400,
      headers: { 'retry-after': '3' },
      body: { code: Number(code), message: 'm', status: 400 },
    })
    const outcome = { status: 'failed', category, scope, code, detail: 'm', retryAfterMs: 3000, ...more }
    expect(await send()).toMatchObject(outcome)
  })

  test('reads a code that no table knows by the status beside it', async () => {
    const body = { code: 99999, message: 'm' }
    twin.failNext({ status: 400, body })
    expect(await send()).toMatchObject({ status: 'failed', category: 'config', scope: 'message', code: '99999' })
    twin.failNext({ status: 500, body })
    expect(await send()).toMatchObject({ status: 'unknown', code: '99999' })
    twin.failNext({ status: 201, body: { sid: 'other', status: 'queued' } })
    expect(await send()).toMatchObject({ status: 'unknown', code: 'garbled' })
  })

  test('finds out afterwards what became of it, by Twilio’s id alone', async () => {
    const cfg = settings({ base_url: twin.url })
    const live = recordingContext('sms', { secrets: SECRETS })
    await send()
    const providerId = twin.taken[0]?.sid ?? ''
    const attempt = { recordId: 42, recipient: '+14158675309', providerId, idempotencyKey: 'msg_1', at: Date.now() }
    expect(await adapter.reconcile?.(attempt, cfg, live)).toEqual({ status: 'accepted', providerId, final: false })
    twin.failNext({ status: 200, body: { sid: providerId, status: 'delivered' } })
    expect(await adapter.reconcile?.(attempt, cfg, live)).toEqual({ status: 'delivered' })
    const failed = { sid: providerId, status: 'undelivered', error_code: 30006, error_message: 'Landline' }
    twin.failNext({ status: 200, body: failed })
    const outcome = { status: 'failed', category: 'invalid_recipient', code: '30006', detail: 'Landline' }
    expect(await adapter.reconcile?.(attempt, cfg, live)).toMatchObject(outcome)
    expect(await adapter.reconcile?.({ ...attempt, providerId: null }, cfg, live)).toMatchObject({ status: 'unknown' })
    expect(await adapter.reconcile?.({ ...attempt, providerId: 'SM9' }, cfg, live)).toMatchObject({ status: 'unknown' })
  })
})

describe.skipIf(twinsCannotRun)('in front of the twin', () => {
  exerciseFaults('sms.twilio', {
    start: startTwilioTwin,
    send: (url, signal) =>
      sendThrough(adapter, {
        ...{ channel: 'sms', to: '+14158675309', settings: { ...GIVEN, base_url: url }, secrets: SECRETS },
        ...(signal ? { signal } : {}),
      }),
    errorIn200: null,
    secrets: [TWILIO_TOKEN, Buffer.from(`${TWILIO_ACCOUNT}:${TWILIO_TOKEN}`).toString('base64')],
  })
})
