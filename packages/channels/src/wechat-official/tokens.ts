/**
 * Access tokens, one per service. WeChat's `stable_token` gives every asker the same one while it is valid, so each process
 * keeps its own copy; within a process only one asks at a time.
 */
import { z } from 'zod'
import type { AdapterContext, Outcome } from '../adapter.ts'
import { byStatus } from '../http/by-status.ts'
import { callProvider, type ProviderReply } from '../http/call.ts'
import { refusalOf, type Failed } from '../provider-codes.ts'
import { secretOf } from '../secrets.ts'
import { TOKEN_CODES, WECHAT_CODES } from './codes.ts'
import type { WechatSettings } from './settings.ts'

export interface Token {
  readonly value: string
  /** Epoch ms; until then it is used. */
  readonly until: number
  /** WeChat has taken it at least once: a later refusal means that it has ended, not that it never was one. */
  proven: boolean
}
export type TokenAnswer = { ok: true; token: Token } | { ok: false; outcome: Failed }

export interface Tokens {
  /** The token in hand, or one that is asked for. Everybody who comes meanwhile waits for the same answer. */
  get(cfg: WechatSettings, ctx: AdapterContext): Promise<TokenAnswer>
  /** Forgets the token unless another has taken its place since. */
  invalidate(serviceId: number, token: Token): void
  forget(serviceId: number): void
}

const ASK_MS = 8_000
/** WeChat renews a token in its last five minutes, when the old and the new one are both valid. */
const MARGIN_S = 200
const SHORTEST_S = 60

const replySchema = z.union([
  z.object({ access_token: z.string().min(1), expires_in: z.number().positive() }),
  z.object({ errcode: z.int(), errmsg: z.string().catch('') }),
])

export function createTokens(): Tokens {
  const held = new Map<number, Token>()
  const asking = new Map<number, Promise<TokenAnswer>>()

  async function askAndHold(serviceId: number, cfg: WechatSettings, ctx: AdapterContext): Promise<TokenAnswer> {
    const mine = ask(cfg, ctx)
    asking.set(serviceId, mine)
    try {
      const answer = await mine
      // A service that was changed or closed meanwhile asks anew.
      if (answer.ok && asking.get(serviceId) === mine) held.set(serviceId, answer.token)
      return answer
    } finally {
      if (asking.get(serviceId) === mine) asking.delete(serviceId)
    }
  }

  return {
    get(cfg, ctx) {
      const { id } = ctx.service
      const token = held.get(id)
      if (token && token.until > ctx.now()) return Promise.resolve({ ok: true, token })
      return asking.get(id) ?? askAndHold(id, cfg, ctx)
    },
    invalidate(serviceId, token) {
      if (held.get(serviceId) === token) held.delete(serviceId)
    },
    forget(serviceId) {
      held.delete(serviceId)
      asking.delete(serviceId)
    },
  }
}

async function ask(cfg: WechatSettings, ctx: AdapterContext): Promise<TokenAnswer> {
  const secret = secretOf(ctx, 'secret')
  if (!secret.ok) return secret
  const answer = await callProvider(
    {
      method: 'POST',
      url: new URL(`${cfg.base_url}/cgi-bin/stable_token`),
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ grant_type: 'client_credential', appid: cfg.appid, secret: secret.value }),
      secrets: [secret.value],
      deadline: ctx.now() + ASK_MS,
    },
    ctx.now,
  )
  if (!answer.ok) return { ok: false, outcome: notSent(answer.outcome) }
  return read(answer.reply, ctx.now())
}

function read(reply: ProviderReply, now: number): TokenAnswer {
  const parsed = replySchema.safeParse(reply.json)
  if (!parsed.success) return { ok: false, outcome: notSent(reply.status === 200 ? null : byStatus(reply)) }
  if ('errcode' in parsed.data) {
    const code = String(parsed.data.errcode)
    const refusal = refusalOf(WECHAT_CODES, code, reply.say(parsed.data.errmsg))
    // Asked for a token, WeChat means the secret.
    return { ok: false, outcome: TOKEN_CODES.has(code) ? { ...refusal, category: 'auth', scope: 'account' } : refusal }
  }
  const { access_token: value, expires_in: seconds } = parsed.data
  const until = now + Math.max(SHORTEST_S, seconds - MARGIN_S) * 1000
  return { ok: true, token: { value, until, proven: false } }
}

/** Whatever became of asking for a token, the message itself has not been sent. */
function notSent(outcome: Outcome | null): Failed {
  if (outcome?.status === 'failed') return outcome
  const { code, detail } =
    outcome?.status === 'unknown' ? outcome : { code: 'garbled', detail: 'no token in the answer' }
  return {
    status: 'failed',
    category: 'provider_down',
    scope: 'provider',
    code,
    detail: `no access token: ${detail.replace(/: it may have been sent$/, '')}`,
  }
}
