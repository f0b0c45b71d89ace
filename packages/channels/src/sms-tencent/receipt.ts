/**
 * Status reports, of which Tencent posts up to a hundred at once, and answers of phones, which come one by one; unsigned, who
 * knows the secret address is believed.
 */
import { z } from 'zod'
import type { AdapterContext, RawRequest, ReceiptReply, ReportedReceipt } from '../adapter.ts'
import { parseReplyJson } from '../http/reply-json.ts'
import { opensWith } from '../http/token.ts'
import { canonicalPhone, chinaTime, echoedRecordId } from '../sms/phone.ts'
import type { TencentSettings } from './settings.ts'

const text = z.union([z.string(), z.number()]).transform(String)
const reportSchema = z.object({
  user_receive_time: z.string().default(''),
  nationcode: text,
  mobile: text,
  report_status: z.enum(['SUCCESS', 'FAIL']),
  errmsg: z.string().default(''),
  description: z.string().default(''),
  sid: text,
  /** Our `SessionContext`, where the account has asked for it. */
  ext: text.nullish(),
})

/** What a phone has answered: one object, not a list. */
const answerSchema = z.object({
  nationcode: text.default('86'),
  mobile: text,
  text: z.string(),
  time: z.number().optional(),
})

const TYPE = 'application/json; charset=utf-8'
const TAKEN = { status: 200, type: TYPE, body: '{"result":0,"errmsg":"OK"}' }

export function parseTencentReceipt(request: RawRequest, cfg: TencentSettings, ctx: AdapterContext): ReceiptReply {
  const secret = cfg.receipt_token === undefined ? undefined : ctx.secret('receipt_token')
  if (request.method !== 'POST' || !opensWith(request.token, secret)) {
    return { auth: 'rejected', events: [], reply: { status: 403, type: TYPE, body: '{"result":1,"errmsg":"refused"}' } }
  }
  const read = parseReplyJson(Buffer.from(request.body).toString('utf8'))
  const reports = z.array(z.unknown()).safeParse(read)
  if (!reports.success) {
    const answer = answerSchema.safeParse(read)
    const refused = { status: 400, type: TYPE, body: '{"result":1,"errmsg":"expected a list"}' }
    if (!answer.success) return { auth: 'secret_url', events: [], reply: refused }
    const { nationcode, mobile, text: words, time } = answer.data
    const from = canonicalPhone(`+${nationcode}${mobile}`)
    const replies = from === null ? [] : [{ from, text: words, at: time === undefined ? ctx.now() : time * 1000 }]
    return { auth: 'secret_url', events: [], ...(replies.length > 0 ? { replies } : {}), reply: TAKEN }
  }
  const events = reports.data.flatMap((report) => eventOf(report, ctx.now()))
  const left = reports.data.length - events.length
  if (left > 0) ctx.log.warn({ service: ctx.service.name, left }, 'sms.tencent: receipts of another form')
  return { auth: 'secret_url', events, reply: TAKEN }
}

function eventOf(raw: unknown, now: number): ReportedReceipt[] {
  const parsed = reportSchema.safeParse(raw)
  if (!parsed.success) return []
  const {
    nationcode,
    mobile,
    report_status: status,
    errmsg,
    description,
    sid,
    ext,
    user_receive_time: time,
  } = parsed.data
  const recordId = echoedRecordId(ext)
  const recipient = canonicalPhone(`+${nationcode}${mobile}`)
  if (recordId === null && recipient === null) return []
  const whose = recordId === null ? { providerId: sid, recipient: recipient ?? '' } : { recordId }
  // A failure may come without a time.
  const at = chinaTime(time) ?? now
  if (status === 'SUCCESS') return [{ ...whose, state: 'delivered', at }]
  return [{ ...whose, state: 'failed', at, code: errmsg || 'FAIL', detail: description || errmsg || 'FAIL' }]
}
