/** Replies of the form `{"errcode": 0, "errmsg": "ok"}`: DingTalk, WeCom and WeChat answer so, with status 200 for refusals too. */
import { z } from 'zod'
import type { Outcome } from './adapter.ts'
import { byStatus, garbled } from './http/by-status.ts'
import type { ProviderReply } from './http/call.ts'
import { refusalOf, type CodeTable } from './provider-codes.ts'

const replySchema = z.object({ errcode: z.int(), errmsg: z.string().catch('') })

/** Null when the provider took it. A reply without `errcode` tells nothing of what became of the message. */
export function errCodeRefusal(
  reply: ProviderReply,
  table: CodeTable,
): Exclude<Outcome, { status: 'accepted' }> | null {
  const parsed = replySchema.safeParse(reply.json)
  if (!parsed.success) return reply.status >= 200 && reply.status < 300 ? garbled(reply) : byStatus(reply)
  const { errcode, errmsg } = parsed.data
  return errcode === 0 ? null : refusalOf(table, String(errcode), reply.say(errmsg))
}
