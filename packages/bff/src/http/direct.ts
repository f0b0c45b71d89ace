/**
 * The hot calls, taken before Express is asked: what Express does around them would cost more than they do. Made from the same
 * route table and of the same steps as everything else, in the same order. Only what is named to the letter is taken here; any
 * other spelling of the same call (a query, an absolute URL, another method) goes through Express and gets the same reply.
 */
import type { Limiter } from '@signalbox/engine'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Refuse } from './error-middleware.ts'
import { rateLimit, resourceOf, type Limit } from './rate-limit.ts'
import type { CallInfo } from './reply.ts'
import type { RequestLog } from './request-log.ts'
import type { Route } from './route.ts'
import { serve, type Serve } from './serve.ts'

export type Listener = (request: IncomingMessage, response: ServerResponse) => void

export interface Steps {
  requestLog: RequestLog
  /** Throw when the call must not go on. */
  checks: readonly ((request: IncomingMessage) => void)[]
  limiter: Limiter
  refuse: Refuse
}

interface Direct {
  method: string
  path: string
  limit: Limit
  run: Serve
}

const NO_PARAMS = Object.freeze({})

/** These calls at once, everything else by `rest`. Their paths have no parameters. */
export function direct(
  routes: readonly Route[],
  { requestLog, checks, limiter, refuse }: Steps,
  rest: Listener,
): Listener {
  const byUrl = new Map(
    routes.map((route): [string, Direct] => [
      route.path,
      {
        method: route.method.toUpperCase(),
        path: route.path,
        limit: rateLimit(limiter, resourceOf(route.path)),
        run: serve(route),
      },
    ]),
  )

  function begin(info: CallInfo, call: Direct, request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const check of checks) check(request)
    info.route = call.path
    const limiting = call.limit(response)
    if (limiting) return limiting.then(() => call.run(request, response, NO_PARAMS))
    return call.run(request, response, NO_PARAMS)
  }

  return (request, response) => {
    const call = byUrl.get(request.url ?? '')
    if (call?.method !== request.method) return rest(request, response)
    const info = requestLog.open(request, response, [])
    try {
      begin(info, call as Direct, request, response).catch((error: unknown) => refuse(error, request, response))
    } catch (error) {
      refuse(error, request, response)
    }
  }
}
