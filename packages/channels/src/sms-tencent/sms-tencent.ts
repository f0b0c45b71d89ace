/** `sms.tencent`: text messages through Tencent Cloud SMS, version 2021-01-11, one number per call. */
import { z } from 'zod'
import type { AdapterContext, ChannelAdapter, Delivery, Found, Outcome, PastAttempt } from '../adapter.ts'
import { byStatus, garbled } from '../http/by-status.ts'
import { callProvider, type Broken, type ProviderReply } from '../http/call.ts'
import { checkRecipient } from '../recipient.ts'
import { brokenBy, meaningOf } from '../provider-codes.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { smsSegments } from '../sms-segments.ts'
import { bind } from '../sms/binding.ts'
import { routeOf } from '../sms/phone.ts'
import { TENCENT_CODES } from './codes.ts'
import { parseTencentReceipt } from './receipt.ts'
import { TENCENT_LIMITS, tencentSettingsSchema, type TencentSettings } from './settings.ts'
import { signTc3 } from './sign.ts'

export interface TencentPayload {
  signName: string
  templateId: string
  /** In the order of `{1}{2}…`. */
  params: string[]
  /** As it will be read, signature and all: parts are counted on it. */
  text: string
}
export type TencentAdapter = ChannelAdapter<TencentSettings, string, TencentPayload>

export function smsTencent(): TencentAdapter {
  return {
    key: 'sms.tencent',
    channels: ['sms'],
    form: formOf(tencentSettingsSchema),
    settings: (raw) => checkSettings(tencentSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'provider',
      idempotency: null,
      receipt: cfg.receipt_token === undefined ? 'none' : 'push',
      lookup: true,
      limits: [{ scope: 'account', count: 3000, perMs: 1000 }],
      maxPayload: { chars: TENCENT_LIMITS.textChars },
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content, variables, _channel, cfg) {
      const bound = bind(content, variables, cfg.templates, TENCENT_LIMITS)
      if (!bound.ok) return bound
      const signName = bound.binding.sign_name ?? cfg.sign_name
      const text = `【${signName}】${content.text}`
      const payload = { signName, templateId: bound.binding.code, params: bound.values.map(({ value }) => value), text }
      return { ok: true, payload, segments: smsSegments(text, 'mainland') }
    },
    send: (delivery, cfg, ctx) => Promise.all(delivery.to.map((to) => sendOne(to, delivery, cfg, ctx))),
    parseReceipt: (request, cfg, ctx) => Promise.resolve(parseTencentReceipt(request, cfg, ctx)),
    reconcile,
  }
}

/** Each number has its own code, beside that of the whole call. */
const sentSchema = z.object({
  SendStatusSet: z.tuple([z.object({ SerialNo: z.string(), Code: z.string(), Message: z.string().default('') })]),
})

async function sendOne(
  to: string,
  { recordId, payload, deadline, signal }: Delivery<string, TencentPayload>,
  cfg: TencentSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const body = {
    PhoneNumberSet: [to],
    SmsSdkAppId: cfg.sdk_app_id,
    SignName: payload.signName,
    TemplateId: payload.templateId,
    TemplateParamSet: payload.params,
    SessionContext: String(recordId),
  }
  const answer = await call('SendSms', body, sentSchema, cfg, ctx, { deadline, signal })
  if (!answer.ok) return answer.outcome
  const [status] = answer.data.SendStatusSet
  if (status.Code !== 'Ok') return failure(status.Code, status.Message, answer.reply)
  const segments = smsSegments(payload.text, routeOf(to))
  return { status: 'accepted', providerId: status.SerialNo, segments, final: cfg.receipt_token === undefined }
}

function failure(code: string, message: string, reply: ProviderReply): Broken {
  const meaning = meaningOf(TENCENT_CODES, code) ?? (reply.status >= 500 ? 'unknown' : ['config', 'message'])
  return brokenBy(meaning, code, reply.say(message), reply.retryAfterMs)
}

const errorSchema = z.object({
  Response: z.object({ Error: z.object({ Code: z.string(), Message: z.string().default('') }) }),
})
const CONTENT_TYPE = 'application/json; charset=utf-8'

type Answer<T> = { ok: true; data: T; reply: ProviderReply } | { ok: false; outcome: Broken }

async function call<T>(
  action: string,
  fields: Record<string, unknown>,
  schema: z.ZodType<T>,
  cfg: TencentSettings,
  ctx: AdapterContext,
  limits: { deadline: number; signal?: AbortSignal },
): Promise<Answer<T>> {
  const found = secretOf(ctx, 'secret_key')
  if (!found.ok) return found
  const url = new URL(`${cfg.base_url}/`)
  const body = JSON.stringify(fields)
  const timestamp = Math.floor(ctx.now() / 1000)
  const key = { id: cfg.secret_id, secret: found.value }
  const signed = signTc3({ service: 'sms', host: url.host, contentType: CONTENT_TYPE, timestamp, body }, key)
  const headers = {
    authorization: signed.authorization,
    'content-type': CONTENT_TYPE,
    'x-tc-action': action,
    'x-tc-version': '2021-01-11',
    'x-tc-timestamp': String(timestamp),
    'x-tc-region': cfg.region,
  }
  const secrets = [found.value, signed.signature]
  const answer = await callProvider({ method: 'POST', url, headers, body, secrets, ...limits }, ctx.now)
  if (!answer.ok) return answer
  const { reply } = answer
  const refused = errorSchema.safeParse(reply.json)
  if (refused.success) {
    const { Code: code, Message: message } = refused.data.Response.Error
    return { ok: false, outcome: failure(code, message, reply) }
  }
  const taken = z.object({ Response: schema }).safeParse(reply.json)
  if (taken.success && reply.status === 200) return { ok: true, data: taken.data.Response, reply }
  return { ok: false, outcome: reply.status === 200 ? garbled(reply) : byStatus(reply) }
}

const LOOKUP_MS = 5_000
const pulledSchema = z.object({
  PullSmsSendStatusSet: z.array(
    z.object({
      SerialNo: z.string(),
      /** Seconds. */
      UserReceiveTime: z.int().optional(),
      ReportStatus: z.string(),
      Description: z.string().default(''),
      SessionContext: z.string().default(''),
    }),
  ),
})

/** What the carriers have reported of that number since the attempt. What is not listed may still be under way. */
async function reconcile(attempt: PastAttempt, cfg: TencentSettings, ctx: AdapterContext): Promise<Found> {
  const query = {
    BeginTime: Math.floor(attempt.at / 1000) - 60,
    EndTime: Math.floor(ctx.now() / 1000),
    Offset: 0,
    Limit: 100,
    PhoneNumber: attempt.recipient,
    SmsSdkAppId: cfg.sdk_app_id,
  }
  const limits = { deadline: ctx.now() + LOOKUP_MS }
  const answer = await call('PullSmsSendStatusByPhoneNumber', query, pulledSchema, cfg, ctx, limits)
  if (!answer.ok) return { status: 'unknown', code: answer.outcome.code, detail: answer.outcome.detail }
  const found = answer.data.PullSmsSendStatusSet.find(
    ({ SerialNo, SessionContext }) => SerialNo === attempt.providerId || SessionContext === String(attempt.recordId),
  )
  if (!found) {
    return { status: 'unknown', code: 'not_listed', detail: `no report of the carrier for record ${attempt.recordId}` }
  }
  if (found.ReportStatus === 'SUCCESS') {
    return { status: 'delivered', ...(found.UserReceiveTime ? { at: found.UserReceiveTime * 1000 } : {}) }
  }
  const detail = found.Description || found.ReportStatus
  return { status: 'failed', category: 'content', scope: 'message', code: found.ReportStatus, detail }
}
