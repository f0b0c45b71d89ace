import { rateLimited, type LimitDecision, type Limiter, type Quota } from '@signalbox/engine'
import type { ServerResponse } from 'node:http'
import { callInfo, tell } from './reply.ts'

/** Throws or rejects when there is no room; without a promise where that is known at once. */
export type Limit = (response: ServerResponse) => void | Promise<void>

/** The resource of a route in `rate_limit_configs`: `api:/messages/send` of `/api/messages/send`. */
export function resourceOf(path: string): string {
  return `api:${path.startsWith('/api/') ? path.slice('/api'.length) : path}`
}

/**
 * Refuses with 429 and the exact wait when a rule of the resource is used up, and tells what is left of the rule nearest
 * to its end. A `concurrent` place is given back when the reply is out or the client has gone, whichever is first.
 */
export function rateLimit(limiter: Limiter, resource: string): Limit {
  function decided(response: ServerResponse, decision: LimitDecision, now: number): void {
    const quota = limiter.quota(resource, now)
    if (quota) tellQuota(response, quota)
    if (!decision.allowed) throw rateLimited(resource, decision)
    if (response.closed) decision.release()
    else callInfo(response).release = decision.release
  }

  return (response) => {
    if (!limiter.limited(resource)) return
    const now = performance.now()
    const decision = limiter.take(resource, now)
    if (!(decision instanceof Promise)) return decided(response, decision, now)
    return decision.then((late) => decided(response, late, now))
  }
}

/** As the IETF draft `draft-ietf-httpapi-ratelimit-headers` names them up to its sixth revision; the time in whole seconds. */
function tellQuota(response: ServerResponse, { limit, remaining, resetMs }: Quota): void {
  tell(response, 'ratelimit-limit', limit)
  tell(response, 'ratelimit-remaining', remaining)
  tell(response, 'ratelimit-reset', Math.ceil(resetMs / 1000))
}
