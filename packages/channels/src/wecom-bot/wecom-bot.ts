/**
 * `wecom.bot`: a bot that posts into one WeCom group. It serves the channel `feishu`, which is that of group bots. The reply
 * has no message id and there is no receipt.
 */
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { errCodeRefusal } from '../err-code.ts'
import { groupTarget, type GroupTarget } from '../group-bot/target.ts'
import { postJson } from '../http/post-json.ts'
import { inTurn } from '../in-turn.ts'
import { secretOf } from '../secrets.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { WECOM_CODES } from './codes.ts'
import { WECOM_MAX_BYTES, wecomBody, wecomPayload, type WecomPayload } from './payload.ts'
import { wecomBotSettingsSchema, type WecomBotSettings } from './settings.ts'

export type WecomBotAdapter = ChannelAdapter<WecomBotSettings, GroupTarget, WecomPayload>

export function wecomBot(): WecomBotAdapter {
  return {
    key: 'wecom.bot',
    channels: ['feishu'],
    recipientsDiffer: true,
    form: formOf(wecomBotSettingsSchema),
    settings: (raw) => checkSettings(wecomBotSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'none',
      lookup: false,
      limits: [{ scope: 'bot', count: 20, perMs: 60_000 }],
      maxPayload: { bytes: WECOM_MAX_BYTES[cfg.format] },
      ttl: false,
    }),
    validateRecipient(raw, _channel, cfg) {
      const checked = groupTarget(raw, cfg.group_id)
      if (checked.ok && checked.to.kind === 'mobile' && cfg.format === 'markdown') {
        return {
          ok: false,
          reason: 'expected a user id, since Markdown mentions no mobile number, got a mobile number',
        }
      }
      return checked
    },
    prepare(content, _variables, _channel, cfg) {
      const checked = wecomPayload(content, cfg)
      return checked.ok ? { ok: true, payload: checked.value } : checked
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx)),
  }
}

async function sendOne(
  to: GroupTarget,
  delivery: Delivery<GroupTarget, WecomPayload>,
  cfg: WecomBotSettings,
  ctx: AdapterContext,
): Promise<Outcome> {
  const key = secretOf(ctx, 'key')
  if (!key.ok) return key.outcome
  const url = new URL(`${cfg.base_url}/cgi-bin/webhook/send`)
  url.searchParams.set('key', key.value)
  const answer = await postJson({ url, body: wecomBody(delivery.payload, to), secrets: [key.value] }, delivery, ctx)
  return answer.ok ? (errCodeRefusal(answer.reply, WECOM_CODES) ?? { status: 'accepted', final: true }) : answer.outcome
}
