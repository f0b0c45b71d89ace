/** `sms.twilio`: text messages through Twilio's Messages resource, in our own words. */
import { z } from 'zod'
import type { AdapterContext, ChannelAdapter, Delivery, Found, Outcome, PastAttempt } from '../adapter.ts'
import { byStatus, garbled } from '../http/by-status.ts'
import { callProvider, type Broken, type ProviderReply } from '../http/call.ts'
import { checkRecipient } from '../recipient.ts'
import { failureOf, meaningOf } from '../provider-codes.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { smsSegments } from '../sms-segments.ts'
import { TWILIO_CODES } from './codes.ts'
import { callbackUrl, parseTwilioReceipt } from './receipt.ts'
import { twilioSettingsSchema, type TwilioSettings } from './settings.ts'

export interface TwilioPayload {
  text: string
}
export type TwilioAdapter = ChannelAdapter<TwilioSettings, string, TwilioPayload>

const LONGEST_TEXT = 1600

export function smsTwilio(): TwilioAdapter {
  return {
    key: 'sms.twilio',
    channels: ['sms'],
    form: formOf(twilioSettingsSchema),
    settings: (raw) => checkSettings(twilioSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: cfg.callback_url === undefined ? 'none' : 'push',
      lookup: true,
      limits: [],
      maxPayload: { chars: LONGEST_TEXT },
      ttl: cfg.validity_seconds !== undefined,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare({ text }) {
      const length = [...text].length
      if (length >= 1 && length <= LONGEST_TEXT) {
        return { ok: true, payload: { text }, segments: smsSegments(text, 'international') }
      }
      return {
        ok: false,
        errors: [{ field: 'text', message: `expected 1 to ${LONGEST_TEXT} characters, got ${length}` }],
      }
    },
    send: (delivery, cfg, ctx) => Promise.all(delivery.to.map((to) => sendOne(to, delivery, cfg, ctx))),
    parseReceipt: (request, cfg, ctx) => Promise.resolve(parseTwilioReceipt(request, cfg, ctx)),
    reconcile,
  }
}

async function sendOne(
  to: string,
  { recordId, payload, deadline, signal }: Delivery<string, TwilioPayload>,
  cfg: TwilioSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const form = new URLSearchParams({
    To: to,
    ...(cfg.from === undefined ? {} : { From: cfg.from }),
    ...(cfg.messaging_service_sid === undefined ? {} : { MessagingServiceSid: cfg.messaging_service_sid }),
    Body: payload.text,
    ...(cfg.callback_url === undefined ? {} : { StatusCallback: callbackUrl(cfg.callback_url, recordId) }),
    ...(cfg.validity_seconds === undefined ? {} : { ValidityPeriod: String(cfg.validity_seconds) }),
  })
  const answer = await call('POST', 'Messages.json', form, cfg, ctx, { deadline, signal })
  if (!answer.ok) return answer.outcome
  const { sid, status } = answer.message
  if (status === 'failed' || status === 'undelivered') return carrierFailure(answer.message)
  const segments = smsSegments(payload.text, 'international')
  return { status: 'accepted', providerId: sid, segments, final: cfg.callback_url === undefined }
}

const messageSchema = z.object({
  sid: z.string().regex(/^(?:SM|MM)[0-9a-fA-F]{32}$/),
  status: z.string(),
  error_code: z.union([z.number(), z.string()]).nullish(),
  error_message: z.string().nullish(),
})
type Message = z.output<typeof messageSchema>
const errorSchema = z.object({ code: z.int(), message: z.string().default('') })

async function call(
  method: 'GET' | 'POST',
  resource: string,
  form: URLSearchParams | null,
  cfg: TwilioSettings,
  ctx: AdapterContext,
  limits: { deadline: number; signal?: AbortSignal },
): Promise<{ ok: true; message: Message } | { ok: false; outcome: Broken }> {
  const found = secretOf(ctx, cfg.api_key_secret === undefined ? 'auth_token' : 'api_key_secret')
  if (!found.ok) return found
  const basic = Buffer.from(`${cfg.api_key_sid ?? cfg.account_sid}:${found.value}`).toString('base64')
  const answer = await callProvider(
    {
      method,
      url: new URL(`${cfg.base_url}/2010-04-01/Accounts/${cfg.account_sid}/${resource}`),
      headers: {
        authorization: `Basic ${basic}`,
        accept: 'application/json',
        ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(form ? { body: form.toString() } : {}),
      secrets: [found.value, basic],
      ...limits,
    },
    ctx.now,
  )
  if (!answer.ok) return answer
  const { reply } = answer
  const good = reply.status >= 200 && reply.status < 300
  const message = messageSchema.safeParse(reply.json)
  if (good && message.success) return { ok: true, message: message.data }
  return { ok: false, outcome: good ? garbled(reply) : refusal(reply) }
}

function refusal(reply: ProviderReply): Broken {
  const parsed = errorSchema.safeParse(reply.json)
  if (!parsed.success) return byStatus(reply)
  const code = String(parsed.data.code)
  const meaning = meaningOf(TWILIO_CODES, code)
  if (meaning) return failureOf(meaning, code, reply.say(parsed.data.message), reply.retryAfterMs)
  const byItself = byStatus(reply)
  // A code that no table knows: with a 4xx Twilio refuses this message.
  return byItself.status === 'failed' && byItself.category === 'config'
    ? failureOf(['config', 'message'], code, reply.say(parsed.data.message))
    : { ...byItself, code, detail: reply.say(parsed.data.message) }
}

function carrierFailure({ status, error_code: given, error_message: words }: Message): Broken {
  const code = given === null || given === undefined ? status : String(given)
  return failureOf(meaningOf(TWILIO_CODES, code) ?? ['content', 'message'], code, words ?? status)
}

const LOOKUP_MS = 5_000

/** By Twilio's id alone: without it Twilio cannot tell one message to a number from another. */
async function reconcile(attempt: PastAttempt, cfg: TwilioSettings, ctx: AdapterContext): Promise<Found> {
  const { providerId } = attempt
  if (providerId === null) {
    return {
      status: 'unknown',
      code: 'no_provider_id',
      detail: 'Twilio finds messages by its own id, which never came',
    }
  }
  const limits = { deadline: ctx.now() + LOOKUP_MS }
  const answer = await call('GET', `Messages/${encodeURIComponent(providerId)}.json`, null, cfg, ctx, limits)
  if (!answer.ok) return { status: 'unknown', code: answer.outcome.code, detail: answer.outcome.detail }
  const { sid, status } = answer.message
  if (['failed', 'undelivered', 'canceled'].includes(status)) return carrierFailure(answer.message)
  if (status === 'delivered' || status === 'read') return { status: 'delivered' }
  return { status: 'accepted', providerId: sid, final: false }
}
