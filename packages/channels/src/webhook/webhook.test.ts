import { randomBytes } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { content, KEPT } from '../../test/support/context.ts'
import { exerciseFaults } from '../../test/support/provider-faults.ts'
import { sendThrough, type SendOptions } from '../../test/support/send-through.ts'
import { startWebhookReceiver, type WebhookReceiver } from '../../test/twins/standard-webhooks.ts'
import { twinsCannotRun } from '../../test/twins/verifier.ts'
import { vector } from '../../test/vectors.ts'
import { webhookOutcome } from './classify.ts'
import { webhookKey, webhookSignature } from './sign.ts'
import { webhook } from './webhook.ts'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const NEXT_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const now = () => Date.UTC(2026, 0, 15, 8)

const adapter = webhook()
const opened: WebhookReceiver[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((receiver) => receiver.close()))
})
async function receiver(secret = SECRET): Promise<WebhookReceiver> {
  const started = await startWebhookReceiver(secret, now)
  opened.push(started)
  return started
}

const send = (url: string, { settings, ...overrides }: Partial<SendOptions> = {}) =>
  sendThrough(adapter, {
    channel: 'app',
    settings: { url: `${url}/messages`, secret: KEPT, allow_loopback: true, ...settings },
    secrets: { secret: SECRET, previous_secret: NEXT_SECRET },
    to: 'user-1',
    now,
    ...overrides,
  })

const settings = (raw: object) => adapter.settings({ secret: KEPT, ...raw })

describe('the signature of a webhook', () => {
  it('is that of the published vector', () => {
    const { input, expected } = vector('webhook sign')
    const key = webhookKey(String(input['secret']))
    expect(key && webhookSignature([key], String(input['id']), Number(input['timestamp']), String(input['body']))).toBe(
      expected['signature'],
    )
  })

  it('needs a secret of 24 to 64 bytes after whsec_', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (length) => {
        const bytes = randomBytes(length)
        const key = webhookKey(`whsec_${bytes.toString('base64')}`)
        expect(key).toEqual(length >= 24 && length <= 64 ? bytes : null)
      }),
    )
    expect(webhookKey('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toBeNull()
    expect(webhookKey('whsec_not base64 at all, but long enough')).toBeNull()
  })
})

describe('the address of a webhook', () => {
  it('is a public one over https', () => {
    expect(settings({ url: 'https://example.com/a?b=c' })).toMatchObject({ ok: true })
  })

  it.each([
    'http://example.com/',
    'https://ann:pass@example.com/',
    'https://example.com/#a',
    'ftp://example.com/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://[fd00::1]/',
    'https://[::ffff:192.168.0.1]/',
    'https://0x7f000001/',
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]/',
    'example.com',
  ])('is not %s', (url) => {
    expect(settings({ url })).toMatchObject({ ok: false, errors: [{ field: 'url' }] })
  })

  it('may be this machine when the settings allow it, and no other private one', () => {
    expect(settings({ url: 'http://127.0.0.1:8080/', allow_loopback: true })).toMatchObject({ ok: true })
    expect(settings({ url: 'https://10.0.0.1/', allow_loopback: true })).toMatchObject({ ok: false })
    expect(settings({ url: 'http://example.com/', allow_loopback: true })).toMatchObject({ ok: false })
  })
})

describe.skipIf(twinsCannotRun)('a webhook', () => {
  it('carries the message, signed, and 2xx is as far as it goes', async () => {
    const { url, requests, taken } = await receiver()
    const outcome = await send(url, {
      content: { subject: '订单', text: '已发货' },
      variables: { order: '7' },
    })
    expect(outcome).toEqual({ status: 'accepted', final: true })
    expect([...taken]).toEqual(['msg_00000000042'])
    expect(requests[0]?.path).toBe('/messages')
    expect(JSON.parse(String(requests[0]?.body))).toEqual({
      type: 'message.send',
      data: {
        record_id: 42,
        trace_id: 'msg_00000000042',
        recipient: 'user-1',
        channel: 'app',
        template: { id: 1, version: 1, name: 'a template' },
        subject: '订单',
        text: '已发货',
        html: null,
        variables: { order: '7' },
      },
    })
  })

  it('has the same id at every attempt, so that a receiver can drop a repeat', async () => {
    const { url, taken, requests } = await receiver()
    await send(url)
    await send(url, { now: () => now() + 60_000 })
    expect(requests).toHaveLength(2)
    expect(taken.size).toBe(1)
  })

  it('is accepted by a receiver that holds either secret while one is exchanged', async () => {
    const both = { settings: { previous_secret: KEPT } }
    expect(await send((await receiver(SECRET)).url, both)).toMatchObject({ status: 'accepted' })
    expect(await send((await receiver(NEXT_SECRET)).url, both)).toMatchObject({ status: 'accepted' })
  })

  it('is refused with a wrong secret, or when our clock is off by more than five minutes', async () => {
    const { url } = await receiver(NEXT_SECRET)
    expect(await send(url)).toMatchObject({ status: 'failed', category: 'auth', scope: 'account' })
    const { url: other } = await receiver()
    expect(await send(other, { now: () => now() - 301_000 })).toMatchObject({ category: 'auth' })
  })

  it('is not sent with a secret that is missing or malformed', async () => {
    const { url, requests } = await receiver()
    expect(await send(url, { secrets: {} })).toMatchObject({ category: 'auth', code: 'no_secret' })
    expect(await send(url, { secrets: { secret: 'short' } })).toMatchObject({ category: 'auth', code: 'bad_secret' })
    expect(requests).toHaveLength(0)
  })

  it('serves every channel with the recipients of that channel', () => {
    const checked = settings({ url: 'https://example.com/' })
    if (!checked.ok) throw new Error('expected settings')
    expect(adapter.validateRecipient('138 0013 8000', 'sms', checked.value)).toMatchObject({ to: '+8613800138000' })
    expect(adapter.validateRecipient('user-1', 'email', checked.value)).toMatchObject({ ok: false })
  })

  it('is refused before it is sent beyond 256 KB', () => {
    const checked = settings({ url: 'https://example.com/' })
    if (!checked.ok) throw new Error('expected settings')
    const prepare = (text: string) => adapter.prepare(content({ text }), {}, 'app', checked.value)
    expect(prepare('x'.repeat(250_000))).toMatchObject({ ok: true })
    expect(prepare('x'.repeat(262_144))).toMatchObject({ ok: false, errors: [{ field: 'text' }] })
  })

  it('never shows what the receiver answers', async () => {
    const { url, failNext } = await receiver()
    failNext({ status: 500, body: 'internal detail' })
    expect(JSON.stringify(await send(url))).not.toContain('internal')
  })
})

describe('what the status of a receiver means', () => {
  it.each([
    [200, 'accepted', undefined, undefined],
    [299, 'accepted', undefined, undefined],
    [301, 'failed', 'config', 'account'],
    [400, 'failed', 'content', 'message'],
    [404, 'failed', 'config', 'account'],
    [408, 'failed', 'provider_down', 'provider'],
    [410, 'failed', 'config', 'account'],
    [500, 'failed', 'provider_down', 'provider'],
    [502, 'unknown', undefined, undefined],
    [503, 'failed', 'provider_down', 'provider'],
    [504, 'unknown', undefined, undefined],
  ] as const)('%i is %s', (status, outcome, category, scope) => {
    expect(webhookOutcome({ status })).toMatchObject({ status: outcome, ...(category ? { category, scope } : {}) })
  })

  it('asks for the service to be disabled when the receiver is gone for good', () => {
    expect(webhookOutcome({ status: 410 })).toMatchObject({
      code: 'HTTP 410',
      endsAccount: true,
    })
  })

  it('names a time when the receiver does', () => {
    expect(webhookOutcome({ status: 503, retryAfterMs: 5_000 })).toMatchObject({ retryAfterMs: 5_000 })
  })
})

exerciseFaults('a webhook', {
  start: () => startWebhookReceiver(SECRET, now),
  send: (url, signal) => send(url, signal ? { signal } : {}),
  errorIn200: null,
  secrets: [SECRET],
  anyBodyIsGood: true,
  needsPython: true,
})
