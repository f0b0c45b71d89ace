/**
 * One call to a provider over HTTP, as every adapter makes it: exactly the bytes given, no redirect followed, a reply of
 * bounded size, never a second try. Above all it knows whether the request left.
 *
 * It stands on node:http and not on fetch: undici gives a connection that broke before the request and one that broke
 * after it as the same `fetch failed`, and an abort does not say how far it came. Here nothing is written until the
 * connection stands, TLS and the certificate checked, so "before" and "after" are facts.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Outcome } from '../adapter.ts'
import { mayCall, publicLookup } from './public-only.ts'
import { redact } from './redact.ts'
import { parseReplyJson } from './reply-json.ts'
import { retryAfterMs } from './retry-after.ts'

export interface ProviderRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: URL
  /** `host`, `content-length` and `accept-encoding` are added. */
  headers: Readonly<Record<string, string>>
  /** Sent byte for byte: sign these. Text goes as UTF-8. */
  body?: string | Uint8Array
  /** Keys, tokens, signatures, ids of hooks: replaced wherever words of the provider or the system are shown. */
  secrets: readonly string[]
  /** Epoch ms. */
  deadline: number
  /** Gives up before the deadline. */
  signal?: AbortSignal
}

export interface ProviderReply {
  status: number
  headers: IncomingHttpHeaders
  text: string
  /** Undefined when the text is no JSON. Whole numbers beyond 2^53 are strings of their digits. */
  json: unknown
  retryAfterMs?: number
  /** One line of the provider's words that is safe to show. */
  say(words: string): string
}

export type Broken = Extract<Outcome, { status: 'failed' | 'unknown' }>
export type ProviderAnswer = { ok: true; reply: ProviderReply } | { ok: false; outcome: Broken }

/** A provider that has not taken the connection by then is down; the deadline is for its answer. */
const CONNECT_MS = 5_000
/** Answers are a few hundred bytes. */
const REPLY_LIMIT_BYTES = 256 * 1024
/**
 * Idle connections are kept shorter than any provider keeps them: one that it closes just as we send on it would make a
 * message unknown.
 */
const IDLE_MS = 4_000

const http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' })
const https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS, scheduling: 'lifo' })

/** Never rejects. What broke before the request left has `failed`, `provider_down`; after it, `unknown`. */
export async function callProvider(request: ProviderRequest, now: () => number): Promise<ProviderAnswer> {
  try {
    const msLeft = request.deadline - now()
    if (!mayCall(request.url)) throw new CallError('EPRIVATE', `expected a public address, got ${request.url.hostname}`)
    if (request.signal?.aborted) throw new CallError('EABORT', 'the call was given up before it was made')
    if (msLeft <= 0) throw new CallError('ETIMEDOUT', 'the deadline passed before the call was made')
    return await exchange(request, msLeft, now)
  } catch (error) {
    // Thrown before there was a connection: also for a header with a character that none may have.
    return { ok: false, outcome: broken(error, false, request.secrets) }
  }
}

function exchange(request: ProviderRequest, msLeft: number, now: () => number): Promise<ProviderAnswer> {
  const { url, signal, secrets } = request
  return new Promise((resolve) => {
    let left = false
    const body = Buffer.from(request.body ?? '')
    const sent = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: request.method,
      agent: url.protocol === 'https:' ? https : http,
      lookup: publicLookup,
      headers: {
        ...request.headers,
        'accept-encoding': 'identity',
        ...(request.body === undefined ? {} : { 'content-length': body.length }),
      },
    })

    const end = (answer: ProviderAnswer) => {
      clearTimeout(deadline)
      clearTimeout(connecting)
      signal?.removeEventListener('abort', abandon)
      resolve(answer)
    }
    const breakOff = (error: unknown) => {
      end({ ok: false, outcome: broken(error, left, secrets) })
      sent.destroy()
    }
    const abandon = () => breakOff(new CallError('EABORT', 'the call was given up'))
    const deadline = setTimeout(
      () => breakOff(new CallError('ETIMEDOUT', `no answer within ${msLeft} ms`)),
      Math.min(msLeft, 2 ** 31 - 1),
    )
    const connecting = setTimeout(
      () => breakOff(new CallError('ECONNTIMEOUT', `no connection within ${CONNECT_MS} ms`)),
      CONNECT_MS,
    )

    sent.on('error', breakOff)
    sent.on('socket', (socket) =>
      whenReady(socket, () => {
        clearTimeout(connecting)
        if (sent.destroyed) return
        left = true
        sent.end(body)
      }),
    )
    sent.on('response', (response) => {
      readReply(response, request, now).then((reply) => end({ ok: true, reply }), breakOff)
    })
    signal?.addEventListener('abort', abandon, { once: true })
  })
}

const OUR_FAULT = new Set(['EPRIVATE', 'ERR_INVALID_CHAR', 'ERR_UNESCAPED_CHARACTERS'])

/** Certain refusal or possible delivery, in words that are safe to show. */
function broken(error: unknown, left: boolean, secrets: readonly string[]): Broken {
  const code = codeOf(error)
  const detail = redact(wordsOf(error), secrets)
  if (left) return { status: 'unknown', code, detail: `${detail}: it may have been sent` }
  return OUR_FAULT.has(code)
    ? { status: 'failed', category: 'config', scope: 'account', code, detail }
    : { status: 'failed', category: 'provider_down', scope: 'provider', code, detail }
}

class CallError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'EHTTP'
}

/** A name with several addresses fails with one error for all of them and no words of its own. */
function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ')
  return error instanceof Error ? error.message : String(error)
}

/** A connection taken from the agent is ready at once; a new one when it stands, and TLS when the certificate is good. */
function whenReady(socket: Socket, go: () => void): void {
  if (socket instanceof TLSSocket && !socket.authorized) socket.once('secureConnect', go)
  else if (socket.connecting) socket.once('connect', go)
  else go()
}

async function readReply(
  response: IncomingMessage,
  { secrets }: ProviderRequest,
  now: () => number,
): Promise<ProviderReply> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > REPLY_LIMIT_BYTES) throw new CallError('ETOOBIG', `a reply of more than ${REPLY_LIMIT_BYTES} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  const waitMs = retryAfterMs(response.headers['retry-after'], now())
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    json: parseReplyJson(text),
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    say: (words) => redact(words, secrets),
  }
}
