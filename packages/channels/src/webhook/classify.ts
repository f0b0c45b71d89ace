import type { Outcome } from '../adapter.ts'
import type { ProviderReply } from '../http/call.ts'

/**
 * What a receiver's status means. Its body is never shown: the address is the operator's, and what answers there may not be
 * meant for whoever reads the error.
 *
 * A receiver that answers 5xx says that it has not taken the message; a gateway's 502 and 504 leave that open.
 */
export function webhookOutcome({ status, retryAfterMs }: Pick<ProviderReply, 'status' | 'retryAfterMs'>): Outcome {
  if (status >= 200 && status < 300) return { status: 'accepted', final: true }
  const code = `HTTP ${status}`
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  switch (status) {
    case 502:
    case 504:
      return { status: 'unknown', code, detail: 'a gateway lost the answer of the receiver: it may have been taken' }
    case 429:
      return {
        status: 'failed',
        category: 'rate_limited',
        scope: 'account',
        code,
        detail: 'too many messages',
        ...wait,
      }
    case 410:
      return {
        ...{ status: 'failed', category: 'config', scope: 'account', code },
        ...{ detail: 'the receiver is gone and wants nothing more', endsAccount: true },
      }
    case 401:
    case 403:
      return failed('auth', 'account', code, 'the receiver does not accept our signature')
    case 400:
    case 413:
    case 415:
    case 422:
      return failed('content', 'message', code, 'the receiver refused this message')
  }
  if (status >= 500 || status === 408) {
    const detail = 'the receiver failed'
    return { status: 'failed', category: 'provider_down', scope: 'provider', code, detail, ...wait }
  }
  const detail =
    status < 400 ? 'the receiver redirects, which is not followed' : 'nothing takes messages at the address'
  return failed('config', 'account', code, detail)
}

function failed(
  category: 'config' | 'auth' | 'content',
  scope: 'account' | 'message',
  code: string,
  detail: string,
): Outcome {
  return { status: 'failed', category, scope, code, detail }
}
