import { rateLimited, type Limiter, type Quota } from '@signalbox/engine'
import type { RequestHandler, Response } from 'express'

/** The resource of a route in `rate_limit_configs`: `api:/messages/send` of `/api/messages/send`. */
export function resourceOf(path: string): string {
  return `api:${path.startsWith('/api/') ? path.slice('/api'.length) : path}`
}

/**
 * Refuses with 429 and the exact wait when a rule of the resource is used up, and tells what is left of the rule nearest
 * to its end. A `concurrent` place is given back when the reply is out or the client has gone, whichever is first.
 */
export function rateLimit(limiter: Limiter, resource: string): RequestHandler {
  return async (_request, response, next) => {
    if (!limiter.limited(resource)) return next()
    const now = performance.now()
    const decision = await limiter.take(resource, now)
    const quota = limiter.quota(resource, now)
    if (quota) tellQuota(response, quota)
    if (!decision.allowed) throw rateLimited(resource, decision)
    if (response.closed) decision.release()
    else response.once('close', () => decision.release())
    next()
  }
}

/** As the IETF draft `draft-ietf-httpapi-ratelimit-headers` names them up to its sixth revision; the time in whole seconds. */
function tellQuota(response: Response, { limit, remaining, resetMs }: Quota): void {
  response.setHeader('ratelimit-limit', limit)
  response.setHeader('ratelimit-remaining', remaining)
  response.setHeader('ratelimit-reset', Math.ceil(resetMs / 1000))
}
