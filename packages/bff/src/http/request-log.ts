import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import type { HttpMetrics } from './metrics.ts'
import { callInfo, setCallInfo, type CallInfo } from './reply.ts'

const REQUEST_ID = /^[\w.-]{1,64}$/
/** Asked every few seconds by machines: logged only at debug. */
const QUIET_ROUTES = new Set(['/health', '/metrics', '/api/system/health'])

export interface RequestLog {
  /** The first step of every call. `headers`: see `CallInfo`. */
  open(request: IncomingMessage, response: ServerResponse, headers: CallInfo['headers']): CallInfo
}

/**
 * Gives each request its id and writes one line when it is over: method, route (never the URL), status, milliseconds.
 * Nothing of the query, the body or the recipient.
 */
export function createRequestLog(log: Logger, metrics: HttpMetrics): RequestLog {
  const start = Date.now().toString(36)
  let count = 0

  function closed(this: ServerResponse): void {
    const info = callInfo(this)
    info.release?.()
    const ms = performance.now() - info.startedAt
    const { route, requestId } = info
    const method = this.req.method ?? ''
    const status = this.writableFinished ? this.statusCode : 499
    metrics.observe(method, route, status, ms)
    const level = QUIET_ROUTES.has(route) ? 'debug' : 'info'
    if (!log.isLevelEnabled(level)) return
    log[level]({ method, route, status, ms: Math.round(ms * 10) / 10, request_id: requestId }, 'request')
  }

  return {
    open(request, response, headers) {
      const given = request.headers['x-request-id']
      const requestId =
        typeof given === 'string' && REQUEST_ID.test(given) ? given : `${start}-${(++count).toString(36)}`
      const info: CallInfo = { requestId, startedAt: performance.now(), route: 'unmatched', headers, release: null }
      setCallInfo(response, info)
      if (headers) headers.push('x-request-id', requestId)
      else response.setHeader('x-request-id', requestId)
      response.on('close', closed)
      return info
    },
  }
}
