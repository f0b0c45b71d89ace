/**
 * `fault.http`: hands a message to the fake provider over HTTP, and tells the phase in which a call ended as every real
 * adapter must: nothing is `failed` that may have been sent, nothing `unknown` that certainly was not.
 */
import type { ChannelAdapter, Checked, Outcome } from '@signalbox/channels/adapter'
import { CHANNELS } from '@signalbox/contracts'
import { Agent, request } from 'node:http'

interface Settings {
  url: string
  /** A receipt follows each accepted message. */
  receipts: boolean
}
interface Payload {
  text: string
}

export interface FaultHttpHooks {
  /** The provider has the call and has not answered. */
  underWay?(): void
  /** The provider's answer is here and nothing is written yet. */
  answered?(): void
}

/** How long an answer may come late, after the pipeline has given the call up. */
const LINGER_MS = 10_000
/** From the answer to the receipt. */
const RECEIPT_MS = 5

export function faultHttp(hooks: FaultHttpHooks = {}): ChannelAdapter<Settings, string, Payload> {
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity })
  return {
    key: 'fault.http',
    channels: CHANNELS,
    settings: checkSettings,
    capabilities: () => ({
      maxBatch: 1,
      templates: 'own',
      idempotency: null,
      receipt: 'ack',
      lookup: false,
      limits: [],
      ttl: false,
    }),
    validateRecipient: (raw) =>
      typeof raw === 'string' && raw.includes('.')
        ? { ok: true, to: raw, canonical: raw }
        : { ok: false, reason: `expected a token such as ok.1, got ${JSON.stringify(raw)}` },
    prepare: ({ text }) => ({ ok: true, payload: { text } }),
    async send({ to, payload, recordId, idempotencyKey, deadline }, { url, receipts }, context) {
      const body = JSON.stringify({ token: to[0], recordId, idempotencyKey, text: payload.text })
      const outcome = await post(agent, url, body, deadline - context.now() + LINGER_MS, hooks)
      hooks.answered?.()
      const delivered = () => context.receipt({ recordId, state: 'delivered', at: context.now() })
      if (receipts && outcome.status === 'accepted') setTimeout(delivered, RECEIPT_MS)
      return [outcome]
    },
    async close() {
      agent.destroy()
    },
  }
}

function checkSettings(raw: unknown): Checked<Settings> {
  const { url, receipts } = raw as Record<string, unknown>
  if (typeof url === 'string' && URL.canParse(url)) return { ok: true, value: { url, receipts: receipts === true } }
  return { ok: false, errors: [{ field: 'url', message: `expected an address, got ${JSON.stringify(url)}` }] }
}

function post(agent: Agent, url: string, body: string, timeoutMs: number, hooks: FaultHttpHooks): Promise<Outcome> {
  return new Promise((resolve) => {
    let connected = false
    const call = request(url, { method: 'POST', agent, headers: { 'content-length': Buffer.byteLength(body) } })
    const lost = (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      const code = error.code ?? 'ECONNRESET'
      const detail = error.message
      if (connected) resolve({ status: 'unknown', code, detail })
      else resolve({ status: 'failed', category: 'provider_down', scope: 'provider', code, detail })
    }
    const timer = setTimeout(() => call.destroy(new Error('no answer')), timeoutMs)
    call.on('socket', (socket) => {
      connected = !socket.connecting
      if (!connected) socket.once('connect', () => (connected = true))
    })
    call.on('information', () => hooks.underWay?.())
    call.on('error', lost)
    call.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', lost)
      response.on('end', () => {
        clearTimeout(timer)
        const retryAfter = Number(response.headers['retry-after'] ?? 0)
        resolve(outcomeOf(response.statusCode ?? 0, retryAfter * 1000, Buffer.concat(chunks).toString()))
      })
    })
    call.end(body)
  })
}

function outcomeOf(status: number, retryAfterMs: number, body: string): Outcome {
  const code = String(status)
  if (status === 200) return readAnswer(body)
  if (status === 429)
    return { status: 'failed', category: 'rate_limited', scope: 'account', code, detail: 'limited', retryAfterMs }
  // This provider's 503 says that it took nothing; any other may come from anywhere on the way.
  if (status === 503) return { status: 'failed', category: 'provider_down', scope: 'provider', code, detail: 'busy' }
  return { status: 'unknown', code, detail: `status ${status}: it may have been sent` }
}

function readAnswer(body: string): Outcome {
  try {
    const { id } = JSON.parse(body) as { id: string }
    return { status: 'accepted', providerId: id, final: true }
  } catch {
    return { status: 'unknown', code: 'garbage', detail: 'an answer that cannot be read: it may have been sent' }
  }
}
