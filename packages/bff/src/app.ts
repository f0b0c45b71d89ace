import compression from 'compression'
import express, { type Express, type RequestHandler } from 'express'
import type { Deps } from './deps.ts'
import { dashboardRouter } from './http/dashboard.ts'
import { errorReplies, notFound } from './http/error-middleware.ts'
import { ApiError } from './http/errors.ts'
import type { Guard } from './http/guard.ts'
import { mount, mountText } from './http/mount.ts'
import { requestLog } from './http/request-log.ts'
import { securityHeaders } from './http/security-headers.ts'
import { docsRouter } from './openapi/docs.ts'
import { routeTable } from './routes/index.ts'

export interface AppDeps extends Deps {
  guard: Guard
  /** The built dashboard's folder. */
  dashboard: string
}

/** Assembles the HTTP side. The order is the point: what comes first is passed by everything after it. */
export function createApp(deps: AppDeps): Express {
  const { engine, guard, log, metrics } = deps
  const { send, api, text } = routeTable(deps)
  const app = express()
  app.disable('x-powered-by').disable('etag').disable('trust proxy')
  // The schemas parse queries themselves, and strictly.
  app.set('query parser', false)

  app.use(requestLog(log, metrics), guard.middleware, whileAccepting(deps.accepting))
  app.use(mount(send, engine.limiter))
  app.use(compression(), securityHeaders())
  app.use(mount(api, engine.limiter), mountText(text))
  app.use('/docs', docsRouter())
  app.use(dashboardRouter(deps.dashboard))
  app.use(notFound, errorReplies(log))
  return app
}

/** While the server stops, connections that are still open hear so, and are closed after the reply. */
function whileAccepting(accepting: () => boolean): RequestHandler {
  return (_request, _response, next) => {
    if (accepting()) return next()
    throw new ApiError('not_accepting', 'expected a server that takes requests, got one that is stopping', {
      retryAfterMs: 1000,
      headers: { connection: 'close' },
    })
  }
}
