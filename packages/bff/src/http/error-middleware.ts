import type { ErrorRequestHandler, RequestHandler } from 'express'
import type { Logger } from 'pino'
import { RequestAborted } from './body.ts'
import { ApiError, refusalOf } from './errors.ts'
import { callInfo, sendError, setCallInfo } from './reply.ts'

/** The path is unknown. */
export const notFound: RequestHandler = (request, response, next) => {
  setCallInfo(response, { ...callInfo(response), route: 'unmatched' })
  next(new ApiError('not_found', `expected a known path, got ${request.method} ${request.path.slice(0, 200)}`))
}

/** Turns whatever was thrown into the envelope. Only a defect is logged, with its stack. */
export function errorReplies(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const { requestId, route } = callInfo(response)
    if (error instanceof RequestAborted || response.headersSent) {
      response.destroy()
      return
    }
    const { status, headers, reply } = refusalOf(asRefusal(error), requestId)
    if (status === 500)
      log.error({ err: error, method: request.method, route, request_id: requestId }, 'internal error')
    sendError(response, status, reply, headers)
  }
}

/** A path that cannot be decoded (`/api/%zz`) is refused inside Express, with a status and no reason. */
function asRefusal(error: unknown): unknown {
  return error instanceof URIError
    ? new ApiError('not_found', 'expected a path that can be decoded, got one that cannot')
    : error
}
