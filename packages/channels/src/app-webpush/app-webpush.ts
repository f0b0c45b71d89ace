/**
 * `app.webpush`: notifications in a browser over Web Push. The body is encrypted for the browser; the push service sees only
 * where it goes. It answers when it has taken the message: whether the browser shows it, nobody tells.
 */
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { byStatus } from '../http/by-status.ts'
import { callProvider, type ProviderReply } from '../http/call.ts'
import { inTurn } from '../in-turn.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { encryptPush, PUSH_MAX_BYTES } from './encrypt.ts'
import { webPushSettingsSchema, type WebPushSettings } from './settings.ts'
import { checkSubscription, type Subscription } from './subscription.ts'
import { vapidHeader, vapidKey } from './vapid.ts'

/** What the page's service worker reads. */
export interface WebPushPayload {
  title: string | null
  body: string
}
export type WebPushAdapter = ChannelAdapter<WebPushSettings, Subscription, WebPushPayload>

/** What the ids of the message add. */
const IDS_BYTES = 80

export function appWebPush(): WebPushAdapter {
  return {
    key: 'app.webpush',
    channels: ['app'],
    recipientsDiffer: true,
    form: formOf(webPushSettingsSchema),
    settings: (raw) => checkSettings(webPushSettingsSchema, raw),
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'none',
      lookup: false,
      limits: [],
      maxPayload: { bytes: PUSH_MAX_BYTES },
      ttl: true,
    }),
    validateRecipient: (raw, _channel, cfg) => checkSubscription(raw, cfg),
    prepare(content, _variables, _channel, cfg) {
      const payload: WebPushPayload = { title: content.subject?.trim() || (cfg.title ?? null), body: content.text }
      const bytes = Buffer.byteLength(JSON.stringify(payload))
      const most = PUSH_MAX_BYTES - IDS_BYTES
      if (bytes <= most) return { ok: true, payload }
      return { ok: false, errors: [{ field: 'text', message: `expected at most ${most} bytes, got ${bytes}` }] }
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx)),
  }
}

async function sendOne(
  { endpoint, p256dh, auth }: Subscription,
  { recordId, traceId, idempotencyKey, payload, deadline, signal }: Delivery<Subscription, WebPushPayload>,
  cfg: WebPushSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const secret = secretOf(ctx, 'private_key')
  if (!secret.ok) return secret.outcome
  const key = vapidKey(cfg.public_key, secret.value)
  if (key === null) {
    const detail = `expected private_key to belong to public_key, got another key`
    return { status: 'failed', category: 'auth', scope: 'account', code: 'bad_secret', detail }
  }
  const message = Buffer.from(JSON.stringify({ ...payload, record_id: recordId, trace_id: traceId }))
  const claims = { audience: endpoint.origin, subject: cfg.subject, now: ctx.now() }
  const answer = await callProvider(
    {
      method: 'POST',
      url: endpoint,
      headers: {
        authorization: vapidHeader(key, cfg.public_key, claims),
        'content-encoding': 'aes128gcm',
        'content-type': 'application/octet-stream',
        ttl: String(cfg.ttl_seconds),
        urgency: cfg.urgency,
        ...topicOf(idempotencyKey),
      },
      body: encryptPush(message, { p256dh, auth }),
      // Who knows the endpoint can reach the browser.
      secrets: [`${endpoint.pathname}${endpoint.search}`, endpoint.pathname.split('/').at(-1) ?? '', secret.value],
      deadline,
      signal,
    },
    ctx.now,
  )
  return answer.ok ? outcomeOf(answer.reply) : answer.outcome
}

/** While the browser is away, a repeat takes the place of the message that waits under the same topic. */
function topicOf(key: string): { topic?: string } {
  return /^[A-Za-z0-9_-]{1,32}$/.test(key) ? { topic: key } : {}
}

function outcomeOf(reply: ProviderReply): Outcome {
  const { status } = reply
  if (status >= 200 && status < 300) return { status: 'accepted', final: true }
  const code = `HTTP ${status}`
  if (status === 404 || status === 410) {
    const detail = 'the subscription is gone: the browser has to subscribe anew'
    return { status: 'failed', category: 'invalid_recipient', scope: 'recipient', code, detail, suppress: 'token_gone' }
  }
  if (status === 413) {
    return { status: 'failed', category: 'content', scope: 'message', code, detail: 'the message is too long' }
  }
  return byStatus(reply)
}
