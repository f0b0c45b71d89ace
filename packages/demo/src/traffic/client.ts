/**
 * The demo as a client of the public API. It does what the documentation asks of every client: it waits as long as 429
 * and 503 say, and repeats a request whose answer was lost only with an idempotency key.
 */
import type { SendBatchRequest, SendRequest } from '@signalbox/contracts'
import { pause } from './pause.ts'

/** What a caller writes: fields with a default may be left out. */
export type Send = Omit<SendRequest, 'variables'> & Partial<Pick<SendRequest, 'variables'>>

export interface ApiClient {
  /** Resolves when the server accepts messages; `false` when the signal came first. */
  ready(): Promise<boolean>
  /** Resolves to whether it was accepted. */
  send(body: Send): Promise<boolean>
  sendBatch(body: SendBatchRequest): Promise<boolean>
}

export interface ApiClientOptions {
  url: string
  /** Begins nothing new after it aborts; requests under way are finished. */
  signal: AbortSignal
  /** Hears of every answer that is neither a success nor a request to wait. */
  onRefused?: (problem: string) => void
  /** Between two looks at a server that does not answer. */
  retryMs?: number
}

/** Longer than any pause that the server asks for in earnest. */
const LONGEST_PAUSE_MS = 60_000
const TRIES = 5

export function createApiClient({
  url,
  signal,
  onRefused = () => undefined,
  retryMs = 500,
}: ApiClientOptions): ApiClient {
  /** One gate for all requests: who is told to wait makes everybody wait. Epoch ms. */
  let closedUntil = 0

  async function post(path: string, body: object): Promise<boolean> {
    for (let tries = 0; tries < TRIES; tries++) {
      while (!signal.aborted && Date.now() < closedUntil) await pause(closedUntil - Date.now(), signal)
      if (signal.aborted) return false
      const reply = await request(path, body)
      if (reply === 'unreachable') {
        closedUntil = Date.now() + retryMs
      } else if (reply.status === 429 || reply.status === 503) {
        closedUntil = Math.max(closedUntil, Date.now() + reply.retryAfterMs)
      } else if (reply.status < 300) {
        return true
      } else {
        onRefused(`POST ${path}: ${reply.status} ${reply.message}`)
        return false
      }
    }
    onRefused(`POST ${path}: given up after ${TRIES} tries`)
    return false
  }

  async function request(path: string, body?: object) {
    try {
      const response = await fetch(new URL(path, url), body === undefined ? {} : jsonPost(body))
      const { message = '' } = (await response.json()) as { message?: string }
      return { status: response.status, retryAfterMs: retryAfterOf(response), message }
    } catch {
      return 'unreachable' as const
    }
  }

  return {
    async ready() {
      while (!signal.aborted) {
        const reply = await request('/health')
        if (reply !== 'unreachable' && reply.status < 300) return true
        await pause(reply === 'unreachable' ? retryMs : reply.retryAfterMs, signal)
      }
      return false
    },
    send: (body) => post('/api/messages/send', body),
    sendBatch: (body) => post('/api/messages/send-batch', body),
  }
}

function jsonPost(body: object): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** `Retry-After` in seconds; a second where it is missing or a date. */
function retryAfterOf(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(seconds * 1000, LONGEST_PAUSE_MS) : 1000
}
