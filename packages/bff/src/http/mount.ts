import type { Limiter } from '@signalbox/engine'
import { Router, type RequestHandler } from 'express'
import { ApiError } from './errors.ts'
import { rateLimit, resourceOf, type Limit } from './rate-limit.ts'
import { named, sendFile, sendText } from './reply.ts'
import type { Route, TextRoute } from './route.ts'
import { serve } from './serve.ts'
import { check, queryOf } from './validate.ts'

/** A router of these calls, each held to the rules of its path. Of a path that is here, every other method is refused with 405. */
export function mount(routes: readonly Route[], limiter: Limiter): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const limit = limited(rateLimit(limiter, resourceOf(path)))
    for (const route of group) router[route.method](path, named(path), limit, served(route))
    router.all(path, named(path), otherMethod(group.map((route) => route.method)))
  }
  return router
}

export function mountText(routes: readonly TextRoute[]): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const route of routes) {
    const { path, contentType } = route
    router.get(path, named(path), async (request, response) => {
      if ('handle' in route) return sendText(response, 200, contentType, await route.handle())
      const query = check(route.query, queryOf(request.url), 'query')
      return sendFile(response, contentType, route.fileName, route.lines(query))
    })
    router.all(path, named(path), otherMethod(['get']))
  }
  return router
}

function limited(limit: Limit): RequestHandler {
  return async (_request, response, next) => {
    await limit(response)
    next()
  }
}

function served(route: Route): RequestHandler {
  const run = serve(route)
  return (request, response) => run(request, response, request.params)
}

function otherMethod(methods: readonly string[]): RequestHandler {
  const allow = [
    ...new Set(methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))),
  ].join(', ')
  return (request) => {
    throw new ApiError('method_not_allowed', `expected ${allow}, got ${request.method}`, { headers: { allow } })
  }
}
