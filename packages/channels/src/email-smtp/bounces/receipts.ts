/** From a mail to our bounce address to the receipt that it is: piped to the callback address, or out of a Maildir. */
import type { AdapterContext, RawRequest, ReceiptReply, ReportedReceipt } from '../../adapter.ts'
import { isLongEnough, opensWith } from '../../http/token.ts'
import type { SmtpSettings } from '../settings.ts'
import { meaningOf } from './meaning.ts'
import { readReport } from './read-report.ts'
import { taggedRecord } from './tag.ts'

const TYPE = 'text/plain; charset=utf-8'
const DAY_MS = 86_400_000
/** Longer than any server tries. What is dated before is dated wrongly. */
const OLDEST_MS = 30 * DAY_MS

/** Who pipes mails here knows the secret address; what a mail says counts for the message whose tag it bears. */
export async function parseBounce(request: RawRequest, cfg: SmtpSettings, ctx: AdapterContext): Promise<ReceiptReply> {
  if (request.method !== 'POST' || !opensWith(request.token, bounceKey(cfg, ctx))) {
    return { auth: 'rejected', events: [], reply: { status: 403, type: TYPE, body: 'refused' } }
  }
  const events = await receiptsOf(request.body, cfg, ctx)
  return { auth: 'secret_url', events, reply: { status: 200, type: TYPE, body: 'taken' } }
}

/** None for what is no report, says nothing new, or bears no tag of this service. */
export async function receiptsOf(mail: Uint8Array, cfg: SmtpSettings, ctx: AdapterContext): Promise<ReportedReceipt[]> {
  const key = bounceKey(cfg, ctx)
  if (key === undefined) return []
  const report = await readReport(mail)
  const meaning = meaningOf(report)
  const recordId = meaning && taggedRecord(report.places, key)
  const named = { service: ctx.service.name, mail: report.kind.is }
  if (!meaning || recordId === null) {
    ctx.log.info(
      named,
      meaning ? 'email.smtp: a report about no message of ours' : 'email.smtp: a mail that reports nothing',
    )
    return []
  }
  const now = ctx.now()
  const { date } = report
  const at = date !== null && date <= now && date > now - OLDEST_MS ? date : now
  return [{ recordId, at, ...meaning }]
}

/** The secret at the end of the callback address, which also makes the tags; none when it could be guessed. */
export function bounceKey(cfg: SmtpSettings, ctx: Pick<AdapterContext, 'secret'>): string | undefined {
  const secret = cfg.receipt_token === undefined ? undefined : ctx.secret('receipt_token')
  return isLongEnough(secret) ? secret : undefined
}
