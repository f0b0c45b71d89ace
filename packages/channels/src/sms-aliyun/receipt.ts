/**
 * SmsReport and SmsUp: Aliyun posts several receipts, or several answers of phones, at once, unsigned; who knows the secret
 * address is believed.
 */
import { z } from 'zod'
import type { AdapterContext, RawRequest, ReceiptReply, RecipientReply, ReportedReceipt } from '../adapter.ts'
import { parseReplyJson } from '../http/reply-json.ts'
import { opensWith } from '../http/token.ts'
import { canonicalPhone, chinaTime, echoedRecordId } from '../sms/phone.ts'
import type { AliyunSettings } from './settings.ts'

const reportSchema = z.object({
  success: z.boolean(),
  report_time: z.string(),
  err_code: z.string().optional(),
  err_msg: z.string().optional(),
  out_id: z.union([z.string(), z.number()]).transform(String).optional(),
})

const answerSchema = z.object({
  phone_number: z.union([z.string(), z.number()]).transform(String),
  content: z.string(),
  send_time: z.string().default(''),
})

const TYPE = 'application/json; charset=utf-8'
/** Aliyun looks only at whether `code` is a number. */
const TAKEN = { status: 200, type: TYPE, body: '{"code":0,"msg":"接收成功"}' }

export function parseAliyunReceipt(request: RawRequest, cfg: AliyunSettings, ctx: AdapterContext): ReceiptReply {
  const secret = cfg.receipt_token === undefined ? undefined : ctx.secret('receipt_token')
  if (request.method !== 'POST' || !opensWith(request.token, secret)) {
    return { auth: 'rejected', events: [], reply: { status: 403, type: TYPE, body: '{}' } }
  }
  const reports = z.array(z.unknown()).safeParse(parseReplyJson(Buffer.from(request.body).toString('utf8')))
  if (!reports.success) return { auth: 'secret_url', events: [], reply: { status: 400, type: TYPE, body: '{}' } }
  const events = reports.data.flatMap((report) => eventOf(report))
  const replies = reports.data.flatMap((report) => replyOf(report, ctx.now()))
  const left = reports.data.length - events.length - replies.length
  if (left > 0) ctx.log.warn({ service: ctx.service.name, left }, 'sms.aliyun: receipts that are not of our messages')
  return { auth: 'secret_url', events, ...(replies.length > 0 ? { replies } : {}), reply: TAKEN }
}

/** None for anything but what a phone has sent. */
function replyOf(raw: unknown, now: number): RecipientReply[] {
  const parsed = answerSchema.safeParse(raw)
  if (!parsed.success) return []
  const { phone_number: phone, content, send_time: time } = parsed.data
  // Numbers abroad come with their country code and without +.
  const from = canonicalPhone(phone) ?? canonicalPhone(`+${phone}`)
  return from === null ? [] : [{ from, text: content, at: chinaTime(time) ?? now }]
}

/** None for a report of another form, or of a message that was not sent from here. */
function eventOf(raw: unknown): ReportedReceipt[] {
  const parsed = reportSchema.safeParse(raw)
  if (!parsed.success) return []
  const { success, report_time: time, err_code: code, err_msg: detail, out_id: echo } = parsed.data
  const recordId = echoedRecordId(echo)
  const at = chinaTime(time)
  if (recordId === null || at === null) return []
  if (success) return [{ recordId, state: 'delivered', at }]
  return [{ recordId, state: 'failed', at, code: code ?? 'failed', ...(detail === undefined ? {} : { detail }) }]
}
