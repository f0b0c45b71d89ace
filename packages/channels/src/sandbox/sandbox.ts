/**
 * `sandbox`: every channel, and nothing leaves. It keeps what would have been sent and behaves like a provider with the
 * latency, the errors and the receipts that its settings say.
 */
import { CHANNELS } from '@signalbox/contracts'
import type { AdapterContext, ChannelAdapter, Delivery, Outcome, RenderedContent } from '../adapter.ts'
import { textOf } from '../email-smtp/html-text.ts'
import { checkRecipient } from '../recipient.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { smsSegments } from '../sms-segments.ts'
import { pickFailure, rateLimited } from './failures.ts'
import { seededRandom, type Random } from './random.ts'
import { sandboxSettingsSchema, type SandboxSettings } from './settings.ts'
import { draw } from './spread.ts'
import { createTimers, systemAfter, type After, type Timers } from './timers.ts'

export interface SandboxPayload {
  subject: string | null
  text: string
  html: string | null
  fields: Readonly<Record<string, string>> | null
}
export type SandboxAdapter = ChannelAdapter<SandboxSettings, string, SandboxPayload>

export interface SandboxOptions {
  /** Timers; tests move them by hand. Default: the system's. */
  after?: After
  /** Where unseeded services take their seed from, in [0, 1). */
  random?: Random
}

export function sandbox({ after = systemAfter, random = Math.random }: SandboxOptions = {}): SandboxAdapter {
  const timers = createTimers(after)
  const streams = new Map<number, { seed: number | undefined; next: Random }>()

  /** One stream of numbers per service; a changed seed begins a new one. */
  function streamOf(serviceId: number, seed: number | undefined): Random {
    const known = streams.get(serviceId)
    if (known && known.seed === seed) return known.next
    const next = seededRandom(seed ?? random() * 2 ** 32)
    streams.set(serviceId, { seed, next })
    return next
  }

  return {
    key: 'sandbox',
    keepsOnly: true,
    channels: CHANNELS,
    receipts: 'push',
    form: formOf(sandboxSettingsSchema),
    settings: (raw) => checkSettings(sandboxSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: cfg.receipt ? 'push' : 'none',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content, variables, channel, cfg) {
      const text = payloadOf(content, channel === 'sms' ? cfg.sign_name : undefined)
      const payload = { ...text, fields: channel === 'wechat' ? variables : null }
      return channel === 'sms'
        ? { ok: true, payload, segments: smsSegments(payload.text, 'mainland') }
        : { ok: true, payload }
    },
    send: (delivery, cfg, ctx) =>
      Promise.all(delivery.to.map((to) => sendOne(to, delivery, cfg, ctx, timers, streamOf(ctx.service.id, cfg.seed)))),
    async close(serviceId) {
      timers.close(serviceId)
      streams.delete(serviceId)
    },
  }
}

function payloadOf(
  { subject, text, html }: RenderedContent,
  signName: string | undefined,
): Omit<SandboxPayload, 'fields'> {
  if (html !== null) return { subject, text: textOf(html), html }
  return { subject, text: signName === undefined ? text : `【${signName}】${text}`, html }
}

async function sendOne(
  to: string,
  { recordId, payload, deadline, signal }: Delivery<string, SandboxPayload>,
  cfg: SandboxSettings,
  ctx: AdapterContext,
  timers: Timers,
  random: Random,
): Promise<Outcome> {
  // All draws come first, so that they follow the order of sends and not that of answers.
  const fate = drawFate(cfg, random)
  const failure = pickFailure(ctx.service.channel, random)
  const latencyMs = draw(cfg.latency_ms, random)
  const receipt = drawReceipt(cfg, random)

  const msLeft = Math.max(0, deadline - ctx.now())
  const waited = await timers.wait(ctx.service.id, Math.min(latencyMs, msLeft), signal)
  if (waited === 'cut' || latencyMs > msLeft) {
    return { status: 'unknown', code: 'ETIMEDOUT', detail: 'The sandbox had not answered when the send was given up' }
  }
  if (fate === 'error') return failure
  if (fate === 'rate_limited') return rateLimited(ctx.service.channel, cfg.retry_after_ms)

  ctx.keep({ recordId, recipient: to, ...payload })
  for (const { state, afterMs } of receipt) {
    timers.later(ctx.service.id, afterMs, () => ctx.receipt({ recordId, state, at: ctx.now() }))
  }
  if (fate === 'unknown') {
    return { status: 'unknown', code: 'ECONNRESET', detail: 'The sandbox took the message and lost its answer' }
  }
  const base = { status: 'accepted', providerId: `sandbox-${recordId}`, final: cfg.receipt === undefined } as const
  return ctx.service.channel === 'sms' ? { ...base, segments: smsSegments(payload.text, 'mainland') } : base
}

function drawFate(cfg: SandboxSettings, random: Random): 'accepted' | 'error' | 'unknown' | 'rate_limited' {
  const point = random()
  if (point < cfg.unknown_rate) return 'unknown'
  if (point < cfg.unknown_rate + cfg.rate_limit_rate) return 'rate_limited'
  if (point < cfg.unknown_rate + cfg.rate_limit_rate + cfg.error_rate) return 'error'
  return 'accepted'
}

/** The receipts that will come, in their order. */
function drawReceipt({ receipt }: SandboxSettings, random: Random): { state: 'delivered' | 'read'; afterMs: number }[] {
  if (!receipt || random() >= receipt.delivered_rate) return []
  const deliveredMs = draw(receipt.delay_ms, random)
  if (random() >= receipt.read_rate) return [{ state: 'delivered', afterMs: deliveredMs }]
  const readMs = deliveredMs + draw(receipt.delay_ms, random)
  return [
    { state: 'delivered', afterMs: deliveredMs },
    { state: 'read', afterMs: readMs },
  ]
}
