/**
 * `POST /callbacks/:service/:token?`: what providers send on their own. It is not part of the API: the reply is the
 * provider's, the body is read by nobody but the adapter, byte for byte, and who calls comes from outside. So the loopback
 * rule does not hold here; the adapter's check of the signature or of the secret in the path does. GET is how some
 * providers try the address first.
 */
import type { Engine } from '@signalbox/engine'
import { Router, type RequestHandler } from 'express'
import { readBytes } from './body.ts'
import { ApiError } from './errors.ts'
import { rateLimit } from './rate-limit.ts'
import { named, sendText } from './reply.ts'

/** The name in logs, metrics and limits: never the URL, whose end is a secret. */
const ROUTE = '/callbacks/:service/:token'
/** A hundred receipts are 40 KB. */
const BODY_LIMIT_BYTES = 256 * 1024

export function callbacks({ callbacks: take, limiter }: Pick<Engine, 'callbacks' | 'limiter'>): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const limit = rateLimit(limiter, 'api:/callbacks')
  const handle: RequestHandler<{ service: string; token?: string }> = async (request, response) => {
    await limit(response)
    const { service, token } = request.params
    const body = await readBytes(request, BODY_LIMIT_BYTES)
    const reply = /^[1-9]\d{0,9}$/.test(service)
      ? await take.receive(Number(service), {
          method: request.method,
          url: request.originalUrl,
          ...(token === undefined ? {} : { token }),
          headers: request.headers,
          body,
        })
      : null
    if (!reply) throw new ApiError('not_found', 'expected a service that takes receipts, got another')
    sendText(response, reply.status, reply.type, reply.body)
  }
  router.get('/callbacks/:service{/:token}', named(ROUTE), handle)
  router.post('/callbacks/:service{/:token}', named(ROUTE), handle)
  return router
}
