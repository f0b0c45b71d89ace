/** `sms.aliyun`: text messages through Aliyun's dysmsapi, version 2017-05-25, one number per call. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { AdapterContext, ChannelAdapter, Delivery, Found, Outcome, PastAttempt } from '../adapter.ts'
import { byStatus, garbled } from '../http/by-status.ts'
import { callProvider, type ProviderAnswer, type ProviderReply } from '../http/call.ts'
import { checkRecipient } from '../recipient.ts'
import { brokenBy, meaningOf } from '../provider-codes.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { smsSegments } from '../sms-segments.ts'
import { bind } from '../sms/binding.ts'
import { chinaDay, chinaTime, routeOf } from '../sms/phone.ts'
import { ALIYUN_CODES, windowMs } from './codes.ts'
import { parseAliyunReceipt } from './receipt.ts'
import { ALIYUN_LIMITS, aliyunSettingsSchema, type AliyunSettings } from './settings.ts'
import { acsHeaders, canonicalQuery, signAcs } from './sign.ts'

export interface AliyunPayload {
  signName: string
  templateCode: string
  /** JSON text; the provider wants every value as a string. */
  templateParam: string
  /** As it will be read, signature and all: parts are counted on it. */
  text: string
}
export type AliyunAdapter = ChannelAdapter<AliyunSettings, string, AliyunPayload>

export function smsAliyun(): AliyunAdapter {
  return {
    key: 'sms.aliyun',
    channels: ['sms'],
    form: formOf(aliyunSettingsSchema),
    settings: (raw) => checkSettings(aliyunSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'provider',
      idempotency: null,
      receipt: cfg.receipt_token === undefined ? 'none' : 'push',
      lookup: true,
      limits: [{ scope: 'account', count: 5000, perMs: 1000 }],
      maxPayload: { chars: ALIYUN_LIMITS.textChars },
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content, variables, _channel, cfg) {
      const bound = bind(content, variables, cfg.templates, ALIYUN_LIMITS)
      if (!bound.ok) return bound
      const signName = bound.binding.sign_name ?? cfg.sign_name
      const text = `【${signName}】${content.text}`
      const templateParam = JSON.stringify(Object.fromEntries(bound.values.map(({ param, value }) => [param, value])))
      const payload = { signName, templateCode: bound.binding.code, templateParam, text }
      return { ok: true, payload, segments: smsSegments(text, 'mainland') }
    },
    send: (delivery, cfg, ctx) => Promise.all(delivery.to.map((to) => sendOne(to, delivery, cfg, ctx))),
    parseReceipt: (request, cfg, ctx) => Promise.resolve(parseAliyunReceipt(request, cfg, ctx)),
    reconcile,
  }
}

const sentSchema = z.object({ Code: z.string(), Message: z.string().default(''), BizId: z.string().optional() })

async function sendOne(
  to: string,
  { recordId, payload, deadline, signal }: Delivery<string, AliyunPayload>,
  cfg: AliyunSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const query = {
    PhoneNumbers: numberOf(to),
    SignName: payload.signName,
    TemplateCode: payload.templateCode,
    TemplateParam: payload.templateParam,
    OutId: String(recordId),
  }
  const answer = await call('SendSms', query, cfg, ctx, { deadline, signal })
  if (!answer.ok) return answer.outcome
  const read = read200(answer.reply, sentSchema, ctx.now())
  if (!read.ok) return read.outcome
  const segments = smsSegments(payload.text, routeOf(to))
  const final = cfg.receipt_token === undefined
  return {
    status: 'accepted',
    ...(read.data.BizId === undefined ? {} : { providerId: read.data.BizId }),
    segments,
    final,
  }
}

/** Mainland without country code, elsewhere country code and number without +. */
function numberOf(e164: string): string {
  return routeOf(e164) === 'mainland' ? e164.slice(3) : e164.slice(1)
}

async function call(
  action: string,
  query: Record<string, string>,
  cfg: AliyunSettings,
  ctx: AdapterContext,
  limits: { deadline: number; signal?: AbortSignal },
): Promise<ProviderAnswer> {
  const found = secretOf(ctx, 'access_key_secret')
  if (!found.ok) return found
  const secret = found.value
  const url = new URL(`${cfg.base_url}/?${canonicalQuery(query)}`)
  const identity = { action, version: '2017-05-25', at: ctx.now(), nonce: randomUUID(), body: '' }
  const headers = acsHeaders(url.host, identity)
  const signed = signAcs(
    { method: 'POST', host: url.host, query, headers, body: '' },
    { id: cfg.access_key_id, secret },
  )
  return callProvider(
    {
      method: 'POST',
      url,
      headers: { ...headers, authorization: signed.authorization },
      body: '',
      secrets: [secret, signed.signature],
      ...limits,
    },
    ctx.now,
  )
}

/** A reply whose `Code` is OK, or what another code means. */
function read200<T extends { Code: string; Message: string }>(
  reply: ProviderReply,
  schema: z.ZodType<T>,
  now: number,
): { ok: true; data: T } | { ok: false; outcome: Outcome } {
  const parsed = schema.safeParse(reply.json)
  if (!parsed.success) return { ok: false, outcome: reply.status === 200 ? garbled(reply) : byStatus(reply) }
  const { Code: code, Message: message } = parsed.data
  if (code === 'OK' && reply.status === 200) return { ok: true, data: parsed.data }
  const detail = reply.say(message)
  const meaning = meaningOf(ALIYUN_CODES, code) ?? (reply.status >= 500 ? 'unknown' : ['config', 'message'])
  const waitMs = code === 'isv.BUSINESS_LIMIT_CONTROL' ? windowMs(message, now) : reply.retryAfterMs
  return { ok: false, outcome: brokenBy(meaning, code, detail, waitMs) }
}

/** `SendStatus`; the third, 1, is for what waits for the carrier's answer. */
const SENT = { failed: 2, got: 3 }
const LOOKUP_MS = 5_000
const detailsSchema = z.object({
  Code: z.string(),
  Message: z.string().default(''),
  SmsSendDetailDTOs: z
    .object({
      SmsSendDetailDTO: z.array(
        z.object({
          OutId: z.string().optional(),
          SendStatus: z.int(),
          ErrCode: z.string().optional(),
          ReceiveDate: z.string().optional(),
        }),
      ),
    })
    .optional(),
})

/** QuerySendDetails of that day and number. It may lag behind: what it does not list yet may still have been sent. */
async function reconcile(attempt: PastAttempt, cfg: AliyunSettings, ctx: AdapterContext): Promise<Found> {
  const query = {
    PhoneNumber: numberOf(attempt.recipient),
    SendDate: chinaDay(attempt.at),
    PageSize: '50',
    CurrentPage: '1',
    ...(attempt.providerId === null ? {} : { BizId: attempt.providerId }),
  }
  const answer = await call('QuerySendDetails', query, cfg, ctx, { deadline: ctx.now() + LOOKUP_MS })
  const open = (detail: string): Outcome => ({ status: 'unknown', code: 'not_listed', detail })
  if (!answer.ok) return { status: 'unknown', code: answer.outcome.code, detail: answer.outcome.detail }
  const read = read200(answer.reply, detailsSchema, ctx.now())
  if (!read.ok) return open(`the look-up failed: ${answer.reply.say(answer.reply.text)}`)
  const found = read.data.SmsSendDetailDTOs?.SmsSendDetailDTO.find(({ OutId }) => OutId === String(attempt.recordId))
  if (!found) return open(`the provider lists nothing with OutId ${attempt.recordId}`)
  if (found.SendStatus === SENT.got) {
    const at = chinaTime(found.ReceiveDate ?? '')
    return { status: 'delivered', ...(at === null ? {} : { at }) }
  }
  if (found.SendStatus !== SENT.failed) return { status: 'accepted', final: false }
  const code = found.ErrCode ?? 'failed'
  return { status: 'failed', category: 'content', scope: 'message', code, detail: `the carrier reports ${code}` }
}
