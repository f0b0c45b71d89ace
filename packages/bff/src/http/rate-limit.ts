import type { Limiter } from '@signalbox/engine'
import type { RequestHandler } from 'express'
import { ApiError } from './errors.ts'

/**
 * Refuses with 429 and the exact wait when a rule of the resource is used up. A `concurrent` place is given back when
 * the reply is out or the client has gone, whichever is first.
 */
export function rateLimit(limiter: Limiter, resource: string): RequestHandler {
  return async (_request, response, next) => {
    if (!limiter.limited(resource)) return next()
    const decision = await limiter.take(resource, performance.now())
    if (!decision.allowed) {
      const { retryAfterMs, rule } = decision
      const limit = rule ? `${rule.maxValue} (${rule.type}, ${rule.windowSeconds} s)` : 'the limit'
      throw new ApiError('rate_limited', `expected at most ${limit} calls of ${resource}, got one more`, {
        retryAfterMs,
      })
    }
    if (response.closed) decision.release()
    else response.once('close', () => decision.release())
    next()
  }
}
