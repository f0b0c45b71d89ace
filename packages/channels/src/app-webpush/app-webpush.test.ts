import { createECDH } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { content, KEPT } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { browserOf, decryptPush, startPushTwin, type PushTwin } from '../../test/twins/push-service.ts'
import { vector } from '../../test/vectors.ts'
import { appWebPush } from './app-webpush.ts'
import { encryptPush, PUSH_MAX_BYTES } from './encrypt.ts'

const NOW = Date.UTC(2026, 0, 15, 8)
const now = () => NOW
const keys = createECDH('prime256v1')
keys.generateKeys()
const PUBLIC = keys.getPublicKey('base64url')
const PRIVATE = Buffer.concat([Buffer.alloc(32), keys.getPrivateKey()])
  .subarray(-32)
  .toString('base64url')
const OWN = { public_key: PUBLIC, private_key: KEPT, subject: 'mailto:ops@example.com' }

const adapter = appWebPush()
let twin: PushTwin
beforeEach(async () => {
  twin = await startPushTwin({ vapidPublicKey: PUBLIC, now })
})
afterEach(() => twin.close())

const send = ({ settings, ...overrides }: Partial<SendOptions> = {}) =>
  sendThrough(adapter, {
    channel: 'app',
    settings: { ...OWN, allow_loopback: true, ...settings },
    secrets: { private_key: PRIVATE },
    to: twin.subscription(),
    now,
    ...overrides,
  })

function cfg(settings = {}) {
  const checked = adapter.settings({ ...OWN, ...settings })
  if (!checked.ok) throw new Error(JSON.stringify(checked.errors))
  return checked.value
}

describe('the encryption of a push message', () => {
  const { input, expected } = vector('app.webpush encryption')
  const bytes = (name: string) => Buffer.from(String(input[name]), 'base64url')

  it('is that of the published example, byte for byte', () => {
    const body = encryptPush(
      Buffer.from(String(input['plaintext'])),
      { p256dh: bytes('p256dh'), auth: bytes('auth') },
      { privateKey: bytes('sender_private_key'), salt: bytes('salt') },
    )
    expect(body.toString('base64url')).toBe(expected['body'])
  })

  it('is read by the browser of the published example', async () => {
    const browser = await browserOf(String(input['p256dh']), String(input['auth']), String(input['private_key']))
    expect(await decryptPush(Buffer.from(String(expected['body']), 'base64url'), browser)).toBe(input['plaintext'])
  })

  it('fills at most one body of 4,096 bytes', () => {
    const to = { p256dh: bytes('p256dh'), auth: bytes('auth') }
    expect(encryptPush(Buffer.alloc(PUSH_MAX_BYTES), to)).toHaveLength(4096)
  })

  it('differs each time', () => {
    const to = { p256dh: bytes('p256dh'), auth: bytes('auth') }
    expect(encryptPush(Buffer.from('a'), to)).not.toEqual(encryptPush(Buffer.from('a'), to))
  })
})

describe('the settings of Web Push', () => {
  it.each([
    ['public_key', { public_key: PUBLIC.slice(1) }],
    ['private_key', { private_key: '' }],
    ['subject', { subject: 'ops@example.com' }],
    ['subject', { subject: 'mailto:ops@localhost' }],
    ['subject', { subject: 'https://signalbox.invalid' }],
    ['ttl_seconds', { ttl_seconds: 3_000_000 }],
    ['hosts[0]', { hosts: ['*'] }],
    ['private_key_env', { private_key_env: 'SECRET_VAPID' }],
  ])('are refused with the field %s named', (field, raw) => {
    expect(adapter.settings({ ...OWN, ...raw })).toMatchObject({ ok: false, errors: [{ field }] })
  })
})

describe('a subscription', () => {
  const given = (endpoint: string, p256dh = twin.browser.p256dh, auth = twin.browser.auth) =>
    adapter.validateRecipient(JSON.stringify({ endpoint, keys: { p256dh, auth } }), 'app', cfg())

  it.each([
    'https://fcm.googleapis.com/fcm/send/cxPBt5xO7mQ:APA91b',
    'https://updates.push.services.mozilla.com/wpush/v2/gAAAAABl',
    'https://web.push.apple.com/QGQt6u',
    'https://wns2-par02p.notify.windows.com/w/?token=BQYAAAC',
  ])('may be at %s', (endpoint) => {
    expect(given(endpoint)).toMatchObject({ ok: true })
  })

  it.each([
    'http://fcm.googleapis.com/fcm/send/a',
    'https://fcm.googleapis.com:8443/fcm/send/a',
    'https://fcm.googleapis.com.evil.example/a',
    'https://evil-push.apple.com.example/a',
    'https://web.push.apple.com.evil.example/a',
    'https://evilpush.apple.com/a',
    'https://push.apple.com@10.0.0.1/a',
    'https://10.0.0.1/a',
    'http://127.0.0.1:6379/a',
    'https://localhost/a',
  ])('is never at %s', (endpoint) => {
    expect(given(endpoint)).toMatchObject({ ok: false })
  })

  it('has a public key on the curve and 16 bytes of authentication', () => {
    const at = 'https://web.push.apple.com/a'
    const offCurve = Buffer.alloc(65, 4).toString('base64url')
    expect(given(at, offCurve)).toMatchObject({ ok: false })
    expect(given(at, Buffer.alloc(33, 2).toString('base64url'))).toMatchObject({ ok: false })
    expect(given(at, twin.browser.p256dh, Buffer.alloc(15).toString('base64url'))).toMatchObject({ ok: false })
  })

  it('is known by one spelling, which checks to itself', () => {
    const checked = given('https://web.push.apple.com/QGQt6u')
    if (!checked.ok) throw new Error(checked.reason)
    expect(adapter.validateRecipient(checked.canonical, 'app', cfg())).toEqual(checked)
  })

  it.each(['user-1', '{}', '{"endpoint":', '', 7, null])('is not %s', (raw) => {
    expect(adapter.validateRecipient(raw, 'app', cfg())).toMatchObject({ ok: false })
  })
})

describe('a push message', () => {
  it('is read by the browser it is for, and that the service took it is as far as it goes', async () => {
    expect(await send({ content: { subject: '订单', text: '已发货' } })).toEqual({ status: 'accepted', final: true })
    expect(twin.shown).toEqual([{ title: '订单', body: '已发货', record_id: 42, trace_id: 'msg_00000000042' }])
    expect(twin.requests[0]?.headers).toMatchObject({ ttl: '86400', urgency: 'normal', topic: 'msg_00000000042' })
  })

  it('shows the push service nothing of what it says', async () => {
    await send({ content: { text: 'a plain secret' } })
    expect(twin.requests[0]?.body.includes('plain')).toBe(false)
  })

  it('has the title of the service when its template has no subject', async () => {
    await send({ settings: { title: 'Shop' } })
    expect(twin.shown).toMatchObject([{ title: 'Shop' }])
  })

  it('is refused before it is sent when it does not fit', async () => {
    const prepare = (text: string) => adapter.prepare(content({ text }), {}, 'app', cfg())
    expect(prepare('x'.repeat(4_000))).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
    expect(await send({ content: { text: 'x'.repeat(3_880) } })).toMatchObject({ status: 'accepted' })
  })

  it('is not sent with a private key that does not belong to the public one', async () => {
    const other = createECDH('prime256v1').generateKeys('base64url')
    expect(await send({ settings: { public_key: other } })).toMatchObject({ category: 'auth', code: 'bad_secret' })
    expect(await send({ secrets: { private_key: 'short' } })).toMatchObject({ category: 'auth', code: 'bad_secret' })
    expect(twin.requests).toHaveLength(0)
  })

  it('fails for the account when the push service does not accept the token', async () => {
    // A clock a day ahead signs a token that ends too late.
    expect(await send({ now: () => NOW + 86_400_000 })).toMatchObject({
      category: 'auth',
      scope: 'account',
      code: 'HTTP 403',
    })
  })

  it('fails for the recipient when the subscription is gone', async () => {
    const to = twin.subscription().replace('cxPBt5xO7mQ', 'somebody-else')
    expect(await send({ to })).toMatchObject({
      ...{ category: 'invalid_recipient', scope: 'recipient', code: 'HTTP 410', suppress: 'token_gone' },
    })
  })

  it.each([
    [404, 'failed', 'invalid_recipient'],
    [413, 'failed', 'content'],
    [400, 'failed', 'config'],
    [500, 'unknown', undefined],
  ])('answered with %i is %s', async (status, outcome, category) => {
    twin.failNext({ status })
    expect(await send()).toMatchObject({ status: outcome, ...(category ? { category } : {}) })
  })
})

let failing: PushTwin
exerciseFaults('Web Push', {
  start: async () => (failing = await startPushTwin({ vapidPublicKey: PUBLIC, now })),
  send: (url, signal) => send({ to: failing.subscription().replace(failing.url, url), ...(signal ? { signal } : {}) }),
  errorIn200: null,
  secrets: ['cxPBt5xO7mQ', PRIVATE],
  anyBodyIsGood: true,
})
