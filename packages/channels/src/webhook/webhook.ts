/**
 * `webhook`: hands messages to an address of the operator's own, as Standard Webhooks. It serves every channel: whoever
 * answers there is a gateway that brings the message to the recipient.
 */
import { CHANNELS, type Channel } from '@signalbox/contracts'
import type { AdapterContext, ChannelAdapter, Delivery, Outcome, RenderedContent } from '../adapter.ts'
import { callProvider } from '../http/call.ts'
import { inTurn } from '../in-turn.ts'
import { checkRecipient } from '../recipient.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { webhookOutcome } from './classify.ts'
import { WEBHOOK_SECRETS, webhookSettingsSchema, type WebhookSettings } from './settings.ts'
import { webhookKey, webhookSignature } from './sign.ts'

export interface WebhookPayload {
  channel: Channel
  template: { id: number; version: number; name: string }
  subject: string | null
  text: string
  html: string | null
  variables: Record<string, string>
}
export type WebhookAdapter = ChannelAdapter<WebhookSettings, string, WebhookPayload>

const MAX_BYTES = 256 * 1024
/** What the recipient and the ids add to a payload. */
const ENVELOPE_BYTES = 1024

export function webhook(): WebhookAdapter {
  return {
    key: 'webhook',
    channels: CHANNELS,
    form: formOf(webhookSettingsSchema),
    settings: (raw) => checkSettings(webhookSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: cfg.deduplicates_ms === undefined ? null : { ttlMs: cfg.deduplicates_ms },
      receipt: 'none',
      lookup: false,
      limits: [],
      maxPayload: { bytes: MAX_BYTES },
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content, variables, channel) {
      const payload = payloadOf(content, variables, channel)
      const bytes = Buffer.byteLength(JSON.stringify(payload))
      const most = MAX_BYTES - ENVELOPE_BYTES
      if (bytes <= most) return { ok: true, payload }
      return { ok: false, errors: [{ field: 'text', message: `expected at most ${most} bytes, got ${bytes}` }] }
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx)),
  }
}

function payloadOf(
  { templateId, templateVersion, templateName, subject, text, html }: RenderedContent,
  variables: Record<string, string>,
  channel: Channel,
): WebhookPayload {
  const template = { id: templateId, version: templateVersion, name: templateName }
  return { channel, template, subject, text, html, variables }
}

async function sendOne(
  to: string,
  delivery: Delivery<string, WebhookPayload>,
  cfg: WebhookSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const secrets: string[] = []
  const keys: Buffer[] = []
  for (const field of WEBHOOK_SECRETS) {
    if (cfg[field] === undefined) continue
    const found = secretOf(ctx, field)
    if (!found.ok) return found.outcome
    const key = webhookKey(found.value)
    if (key === null) {
      const detail = `expected ${field} to be whsec_ and base64 of 24 to 64 bytes, got something else`
      return { status: 'failed', category: 'auth', scope: 'account', code: 'bad_secret', detail }
    }
    secrets.push(found.value)
    keys.push(key)
  }

  const { recordId, traceId, idempotencyKey, payload, deadline, signal } = delivery
  const body = JSON.stringify({
    type: 'message.send',
    data: { record_id: recordId, trace_id: traceId, recipient: to, ...payload },
  })
  const at = Math.floor(ctx.now() / 1000)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Signalbox',
    // The same for every attempt: a receiver that got two can drop one.
    'webhook-id': idempotencyKey,
    'webhook-timestamp': String(at),
    'webhook-signature': webhookSignature(keys, idempotencyKey, at, body),
  }
  const url = new URL(cfg.url)
  const answer = await callProvider({ method: 'POST', url, headers, body, secrets, deadline, signal }, ctx.now)
  return answer.ok ? webhookOutcome(answer.reply) : answer.outcome
}
