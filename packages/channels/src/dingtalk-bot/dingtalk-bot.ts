/**
 * `dingtalk.bot`: a custom bot that posts into one DingTalk group. It serves the channel `feishu`, which is that of group
 * bots. The reply has no message id and there is no receipt.
 */
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { errCodeRefusal } from '../err-code.ts'
import { groupTarget, type GroupTarget } from '../group-bot/target.ts'
import type { ProviderReply } from '../http/call.ts'
import { postJson } from '../http/post-json.ts'
import { inTurn } from '../in-turn.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { DINGTALK_CODES, DINGTALK_SECURITY } from './codes.ts'
import { DINGTALK_MAX_BYTES, dingtalkBody, dingtalkPayload, type DingtalkPayload } from './payload.ts'
import { dingtalkBotSettingsSchema, type DingtalkBotSettings } from './settings.ts'
import { dingtalkSign } from './sign.ts'

export type DingtalkBotAdapter = ChannelAdapter<DingtalkBotSettings, GroupTarget, DingtalkPayload>

export function dingtalkBot(): DingtalkBotAdapter {
  return {
    key: 'dingtalk.bot',
    channels: ['feishu'],
    recipientsDiffer: true,
    form: formOf(dingtalkBotSettingsSchema),
    settings: (raw) => checkSettings(dingtalkBotSettingsSchema, raw),
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'none',
      lookup: false,
      limits: [{ scope: 'bot', count: 20, perMs: 60_000, penaltyMs: 600_000 }],
      maxPayload: { bytes: DINGTALK_MAX_BYTES },
      ttl: false,
    }),
    validateRecipient: (raw, _channel, cfg) => groupTarget(raw, cfg.group_id),
    prepare(content, _variables, _channel, cfg) {
      const checked = dingtalkPayload(content, cfg)
      return checked.ok ? { ok: true, payload: checked.value } : checked
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx)),
  }
}

async function sendOne(
  to: GroupTarget,
  delivery: Delivery<GroupTarget, DingtalkPayload>,
  cfg: DingtalkBotSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const token = secretOf(ctx, 'token')
  if (!token.ok) return token.outcome
  const url = new URL(`${cfg.base_url}/robot/send`)
  url.searchParams.set('access_token', token.value)
  const secrets = [token.value]
  if (cfg.secret !== undefined) {
    const secret = secretOf(ctx, 'secret')
    if (!secret.ok) return secret.outcome
    secrets.push(secret.value)
    const at = ctx.now()
    url.searchParams.set('timestamp', String(at))
    const sign = dingtalkSign(at, secret.value)
    secrets.push(sign)
    url.searchParams.set('sign', sign)
  }
  const answer = await postJson({ url, body: dingtalkBody(delivery.payload, to), secrets }, delivery, ctx)
  return answer.ok ? outcomeOf(answer.reply) : answer.outcome
}

function outcomeOf(reply: ProviderReply): Outcome {
  const security = DINGTALK_SECURITY.find(({ words }) => words.test(reply.text))
  return errCodeRefusal(reply, { ...DINGTALK_CODES, ...security?.code }) ?? { status: 'accepted', final: true }
}
