/**
 * `wechat.official`: template messages and subscription notices of an official account (公众号). WeChat keeps the text; what
 * we send are the values of its fields. Replies have status 200 whatever happened.
 */
import { z } from 'zod'
import type { AdapterContext, ChannelAdapter, Delivery, Outcome } from '../adapter.ts'
import { byStatus, garbled } from '../http/by-status.ts'
import type { ProviderReply } from '../http/call.ts'
import { postJson } from '../http/post-json.ts'
import { inTurn } from '../in-turn.ts'
import { refusalOf } from '../provider-codes.ts'
import { checkRecipient } from '../recipient.ts'
import { formOf } from '../form.ts'
import { checkSettings } from '../settings.ts'
import { createCallbackReader } from './callback.ts'
import { msToMidnightInChina, TOKEN_CODES, WECHAT_CODES } from './codes.ts'
import { wechatPayload, wechatRequest, type WechatPayload } from './payload.ts'
import { wechatSettingsSchema, type WechatSettings } from './settings.ts'
import { createTokens, type Token, type Tokens } from './tokens.ts'

export type WechatAdapter = ChannelAdapter<WechatSettings, string, WechatPayload>

const IDEMPOTENCY_MS = 600_000

export function wechatOfficial(): WechatAdapter {
  const tokens = createTokens()
  const callbacks = createCallbackReader()
  return {
    key: 'wechat.official',
    channels: ['wechat'],
    form: formOf(wechatSettingsSchema),
    settings: (raw) => checkSettings(wechatSettingsSchema, raw),
    capabilities: (cfg) => ({
      maxBatch: 1,
      templates: 'provider',
      // Subscription notices take no id of ours.
      idempotency: cfg.templates.some(({ kind }) => kind === 'subscribe') ? null : { ttlMs: IDEMPOTENCY_MS },
      receipt: cfg.callback_token === undefined ? 'none' : 'push',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient(raw, channel) {
      const checked = checkRecipient(channel, raw)
      return checked.ok ? { ...checked, to: checked.canonical } : checked
    },
    prepare(content, variables, _channel, cfg) {
      const checked = wechatPayload(content, variables, cfg)
      return checked.ok ? { ok: true, payload: checked.value } : checked
    },
    send: (delivery, cfg, ctx) => inTurn(delivery.to, (to) => sendOne(to, delivery, cfg, ctx, tokens)),
    parseReceipt: (request, cfg, ctx) => Promise.resolve(callbacks.read(request, cfg, ctx)),
    async close(serviceId) {
      tokens.forget(serviceId)
      callbacks.forget(serviceId)
    },
  }
}

async function sendOne(
  openid: string,
  delivery: Delivery<string, WechatPayload>,
  cfg: WechatSettings,
  ctx: AdapterContext,
  tokens: Tokens,
): Promise<Outcome> {
  const found = await tokens.get(cfg, ctx)
  if (!found.ok) return found.outcome
  const { token } = found
  const { path, body } = wechatRequest(delivery.payload, openid, delivery.idempotencyKey)
  const url = new URL(cfg.base_url + path)
  url.searchParams.set('access_token', token.value)
  const answer = await postJson({ url, body, secrets: [token.value] }, delivery, ctx)
  if (!answer.ok) return answer.outcome
  const said = wordsOf(answer.reply)
  if (said === null) return isGood(answer.reply) ? garbled(answer.reply) : byStatus(answer.reply)
  if (said.errcode === 0) {
    token.proven = true
    // Only template messages come with a receipt.
    const final = cfg.callback_token === undefined || delivery.payload.kind === 'subscribe'
    return { status: 'accepted', final, ...(said.msgid === undefined ? {} : { providerId: said.msgid }) }
  }
  const refusal = refusalOf(WECHAT_CODES, String(said.errcode), answer.reply.say(said.errmsg))
  if (TOKEN_CODES.has(refusal.code)) return tokenRefused(refusal.code, token, ctx, tokens)
  if (said.errcode === 45009) return { ...refusal, retryAfterMs: msToMidnightInChina(ctx.now()) }
  return refusal
}

/** A token that was good has ended, and the next attempt asks for another. One that was never good will not become so. */
function tokenRefused(code: string, token: Token, ctx: AdapterContext, tokens: Tokens): Outcome {
  tokens.invalidate(ctx.service.id, token)
  return token.proven
    ? {
        status: 'failed',
        category: 'provider_down',
        scope: 'message',
        code,
        detail: 'the access token has ended; the next attempt asks for another',
      }
    : { status: 'failed', category: 'auth', scope: 'account', code, detail: 'a fresh access token was refused' }
}

/** `msgid` is a number beyond 2^53, which the reader of replies gives as its digits. */
const replySchema = z
  .object({
    errcode: z.int().optional(),
    errmsg: z.string().catch(''),
    msgid: z.union([z.string(), z.number()]).transform(String).optional(),
  })
  .refine(({ errcode, msgid }) => errcode !== undefined || msgid !== undefined)

/** Null for a reply that is not WeChat's. Without `errcode` it took the message. */
function wordsOf(reply: ProviderReply): { errcode: number; errmsg: string; msgid: string | undefined } | null {
  const parsed = replySchema.safeParse(reply.json)
  if (!parsed.success) return null
  return { errcode: parsed.data.errcode ?? 0, errmsg: parsed.data.errmsg, msgid: parsed.data.msgid }
}

const isGood = ({ status }: ProviderReply) => status >= 200 && status < 300
