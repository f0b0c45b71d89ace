/** What a reply means whose body says nothing that the adapter knows. */
import type { Broken, ProviderReply } from './call.ts'

/**
 * Of a status outside 2xx. A 5xx says that something broke, not that nothing was sent: a gateway answers 502 or 504 for a
 * request that it has passed on. Only 429, and 503 with a time to come back, say that the request was turned away.
 */
export function byStatus(reply: ProviderReply): Broken {
  const { status, retryAfterMs: waitMs } = reply
  const code = `HTTP ${status}`
  const detail = reply.say(reply.text) || code
  const wait = waitMs === undefined ? {} : { retryAfterMs: waitMs }
  if (status === 429) return { status: 'failed', category: 'rate_limited', scope: 'account', code, detail, ...wait }
  if (status === 503 && waitMs !== undefined) {
    return { status: 'failed', category: 'provider_down', scope: 'provider', code, detail, ...wait }
  }
  if (status >= 500 || status < 300) return { status: 'unknown', code, detail }
  if (status === 401 || status === 403) return { status: 'failed', category: 'auth', scope: 'account', code, detail }
  // A redirect or a path that is not there: the address in the settings is not the provider's.
  return { status: 'failed', category: 'config', scope: 'account', code, detail }
}

/** A reply of 2xx in a form that is not the provider's: it may have been sent. */
export function garbled(reply: ProviderReply): Broken {
  const words = reply.say(reply.text)
  return { status: 'unknown', code: 'garbled', detail: `expected the provider's reply, got ${words || 'nothing'}` }
}
