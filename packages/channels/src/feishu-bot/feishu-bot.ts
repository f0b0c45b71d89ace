/**
 * `feishu.bot`: a custom bot that posts into one Feishu or Lark group over its hook. The reply has no message id and there
 * is no receipt: what Feishu took is as far as it goes.
 */
import { z } from 'zod'
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { byStatus, garbled } from '../http/by-status.ts'
import type { ProviderReply } from '../http/call.ts'
import { postJson } from '../http/post-json.ts'
import { inTurn } from '../in-turn.ts'
import { refusalOf } from '../provider-codes.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { FEISHU_CODES } from './codes.ts'
import { FEISHU_MAX_BYTES, feishuContent, feishuPayload, type FeishuPayload } from './payload.ts'
import { feishuTarget, type FeishuTarget } from './recipient.ts'
import { feishuBotSettingsSchema, type FeishuBotSettings } from './settings.ts'
import { feishuSign } from './sign.ts'

export type FeishuBotAdapter = ChannelAdapter<FeishuBotSettings, FeishuTarget, FeishuPayload>

export function feishuBot(): FeishuBotAdapter {
  return {
    key: 'feishu.bot',
    channels: ['feishu'],
    recipientsDiffer: true,
    form: formOf(feishuBotSettingsSchema),
    settings: (raw) => checkSettings(feishuBotSettingsSchema, raw),
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'none',
      lookup: false,
      limits: [
        { scope: 'bot', count: 100, perMs: 60_000 },
        { scope: 'bot', count: 5, perMs: 1_000 },
      ],
      maxPayload: { bytes: FEISHU_MAX_BYTES },
      ttl: false,
    }),
    validateRecipient: feishuTarget,
    prepare(content, _variables, _channel, cfg) {
      const checked = feishuPayload(content, cfg)
      return checked.ok ? { ok: true, payload: checked.value } : checked
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx)),
  }
}

async function sendOne(
  to: FeishuTarget,
  delivery: Delivery<FeishuTarget, FeishuPayload>,
  cfg: FeishuBotSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  let { hook } = to
  if (hook === null) {
    const found = secretOf(ctx, 'hook')
    if (!found.ok) return found.outcome
    hook = found.value
  }
  const secret = cfg.secret === undefined ? null : secretOf(ctx, 'secret')
  if (secret?.ok === false) return secret.outcome

  const content = feishuContent(delivery.payload, to.mention)
  const signature = secret === null ? null : signed(ctx.now(), secret.value)
  const url = new URL(`${cfg.base_url}/open-apis/bot/v2/hook/${encodeURIComponent(hook)}`)
  const secrets = [hook, ...(secret === null ? [] : [secret.value]), ...(signature === null ? [] : [signature.sign])]
  const answer = await postJson({ url, body: { ...signature, ...content }, secrets }, delivery, ctx)
  return answer.ok ? outcomeOf(answer.reply, to) : answer.outcome
}

function signed(now: number, secret: string) {
  const at = Math.floor(now / 1000)
  return { timestamp: String(at), sign: feishuSign(at, secret) }
}

/** Older hooks answer `StatusCode` where newer ones answer `code`. */
const replySchema = z.union([
  z.object({ code: z.int(), msg: z.string().catch('') }),
  z
    .object({ StatusCode: z.int(), StatusMessage: z.string().catch('') })
    .transform((old) => ({ code: old.StatusCode, msg: old.StatusMessage })),
])

function outcomeOf(reply: ProviderReply, to: FeishuTarget): Outcome {
  const parsed = replySchema.safeParse(reply.json)
  if (!parsed.success) return reply.status >= 200 && reply.status < 300 ? garbled(reply) : byStatus(reply)
  const { code, msg } = parsed.data
  if (code === 0) return { status: 'accepted', final: true }
  const refusal = refusalOf(FEISHU_CODES, String(code), reply.say(msg))
  // The hook came with the message, so it is this recipient that does not exist, not the account.
  if (code === 19001 && to.hook !== null) {
    const { endsAccount: _, ...ofRecipient } = refusal
    return { ...ofRecipient, category: 'invalid_recipient', scope: 'recipient' }
  }
  const wait = reply.retryAfterMs === undefined ? {} : { retryAfterMs: reply.retryAfterMs }
  return { ...refusal, ...wait }
}
