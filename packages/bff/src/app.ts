import compression from 'compression'
import express, { type ErrorRequestHandler, type RequestHandler } from 'express'
import type { IncomingMessage } from 'node:http'
import type { Deps } from './deps.ts'
import { callbacks } from './http/callbacks.ts'
import { dashboardRouter } from './http/dashboard.ts'
import { direct, type Listener } from './http/direct.ts'
import { errorReplies, notFound } from './http/error-middleware.ts'
import { ApiError } from './http/errors.ts'
import type { Guard } from './http/guard.ts'
import { mount, mountText } from './http/mount.ts'
import { unsubscribe } from './http/unsubscribe.ts'
import { createRequestLog, type RequestLog } from './http/request-log.ts'
import { securityHeaders } from './http/security-headers.ts'
import { docsRouter } from './openapi/docs.ts'
import { routeTable } from './routes/index.ts'

export interface AppDeps extends Deps {
  guard: Guard
  /** The built dashboard's folder. */
  dashboard: string
}

/** Assembles the HTTP side. The order is the point: what comes first is passed by everything after it. */
export function createApp(deps: AppDeps): Listener {
  const { engine, guard, log, metrics } = deps
  const { limiter } = engine
  const { send, api, text } = routeTable(deps)
  const requestLog = createRequestLog(log, metrics)
  const accepting = whileAccepting(deps.accepting)
  const checks = [guard.check, accepting]
  const refuse = errorReplies(log)
  const refused: ErrorRequestHandler = (error, request, response, _next) => refuse(error, request, response)

  const app = express()
  app.disable('x-powered-by').disable('etag').disable('trust proxy')
  // The schemas parse queries themselves, and strictly.
  app.set('query parser', false)

  app.use(logged(requestLog), checked(accepting), callbacks(engine), unsubscribe(engine))
  app.use(...checks.map(checked))
  app.use(mount(send, limiter))
  app.use(compression(), securityHeaders())
  // The export stands beside `/api/messages/:id`, which would take its name for an id.
  app.use(mountText(text), mount(api, limiter))
  app.use('/docs', docsRouter())
  app.use(dashboardRouter(deps.dashboard))
  app.use(notFound, refused)
  return direct(send, { requestLog, checks, limiter, refuse }, app)
}

type Check = (request: IncomingMessage) => void

function logged(requestLog: RequestLog): RequestHandler {
  return (request, response, next) => {
    requestLog.open(request, response, null)
    next()
  }
}

function checked(check: Check): RequestHandler {
  return (request, _response, next) => {
    check(request)
    next()
  }
}

/** While the server stops, connections that are still open hear so, and are closed after the reply. */
function whileAccepting(accepting: () => boolean): Check {
  return () => {
    if (accepting()) return
    throw new ApiError('not_accepting', 'expected a server that takes requests, got one that is stopping', {
      retryAfterMs: 1000,
      headers: { connection: 'close' },
    })
  }
}
