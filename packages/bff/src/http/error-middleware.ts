import type { RequestHandler } from 'express'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { RequestAborted } from './body.ts'
import { ApiError, refusalOf } from './errors.ts'
import { callInfo, sendError } from './reply.ts'

/** Answers with what was thrown. */
export type Refuse = (error: unknown, request: IncomingMessage, response: ServerResponse) => void

/** The path is unknown. */
export const notFound: RequestHandler = (request, response, next) => {
  callInfo(response).route = 'unmatched'
  next(new ApiError('not_found', `expected a known path, got ${request.method} ${request.path.slice(0, 200)}`))
}

/** Turns whatever was thrown into the envelope. Only a defect is logged, with its stack. */
export function errorReplies(log: Logger): Refuse {
  return (error, request, response) => {
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
