import type { RequestHandler } from 'express'
import type { Logger } from 'pino'
import type { HttpMetrics } from './metrics.ts'
import { callInfo, setCallInfo } from './reply.ts'

const REQUEST_ID = /^[\w.-]{1,64}$/
/** Asked every few seconds by machines: logged only at debug. */
const QUIET_ROUTES = new Set(['/health', '/metrics', '/api/system/health'])

/**
 * Gives each request its id and writes one line when it is over: method, route (never the URL), status, milliseconds.
 * Nothing of the query, the body or the recipient.
 */
export function requestLog(log: Logger, metrics: HttpMetrics): RequestHandler {
  const start = Date.now().toString(36)
  let count = 0
  return (request, response, next) => {
    const startedAt = performance.now()
    const given = request.headers['x-request-id']
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : `${start}-${(++count).toString(36)}`
    setCallInfo(response, { requestId, route: 'unmatched' })
    response.setHeader('x-request-id', requestId)
    response.once('close', () => {
      const ms = performance.now() - startedAt
      const { route } = callInfo(response)
      const status = response.writableFinished ? response.statusCode : 499
      metrics.observe(request.method, route, status, ms)
      const fields = { method: request.method, route, status, ms: Math.round(ms * 10) / 10, request_id: requestId }
      log[QUIET_ROUTES.has(route) ? 'debug' : 'info'](fields, 'request')
    })
    next()
  }
}
