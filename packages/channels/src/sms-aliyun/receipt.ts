/** SmsReport: Aliyun posts several receipts at once, unsigned; who knows the secret address is believed. */
import { z } from 'zod'
import type { AdapterContext, RawRequest, ReceiptReply, ReportedReceipt } from '../adapter.ts'
import { parseReplyJson } from '../http/reply-json.ts'
import { opensWith } from '../http/token.ts'
import { chinaTime, echoedRecordId } from '../sms/phone.ts'
import type { AliyunSettings } from './settings.ts'

const reportSchema = z.object({
  success: z.boolean(),
  report_time: z.string(),
  err_code: z.string().optional(),
  err_msg: z.string().optional(),
  out_id: z.union([z.string(), z.number()]).transform(String).optional(),
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
  const left = reports.data.length - events.length
  if (left > 0) ctx.log.warn({ service: ctx.service.name, left }, 'sms.aliyun: receipts that are not of our messages')
  return { auth: 'secret_url', events, reply: TAKEN }
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
