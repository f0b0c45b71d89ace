import type { Limiter } from '@signalbox/engine'
import { Router, type RequestHandler } from 'express'
import { readJson } from './body.ts'
import { ApiError } from './errors.ts'
import { rateLimit, resourceOf } from './rate-limit.ts'
import { named, sendOk, sendText } from './reply.ts'
import type { Route, TextRoute } from './route.ts'
import { check, queryOf } from './validate.ts'

/** A router of these calls, each held to the rules of its path. Of a path that is here, every other method is refused with 405. */
export function mount(routes: readonly Route[], limiter: Limiter): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const limit = rateLimit(limiter, resourceOf(path))
    for (const route of group) router[route.method](path, named(path), limit, serve(route))
    router.all(path, named(path), otherMethod(group.map((route) => route.method)))
  }
  return router
}

export function mountText(routes: readonly TextRoute[]): Router {
  const router = Router({ caseSensitive: true, strict: true })
  for (const { path, contentType, handle } of routes) {
    router.get(path, named(path), async (_request, response) => sendText(response, 200, contentType, await handle()))
    router.all(path, named(path), otherMethod(['get']))
  }
  return router
}

/** Parse, call, reply. */
function serve(route: Route): RequestHandler {
  return async (request, response) => {
    const params = check(route.params, request.params, 'path')
    const query = check(route.query, queryOf(request.url), 'query')
    const body = route.body ? check(route.body, await readJson(request, route.bodyLimitBytes), 'body') : undefined
    const setHeader = (name: string, value: string): void => void response.setHeader(name, value)
    const data = await route.handle({ params, query, body, headers: request.headers, setHeader })
    sendOk(response, route.status, data)
  }
}

function otherMethod(methods: readonly string[]): RequestHandler {
  const allow = [
    ...new Set(methods.flatMap((method) => (method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()]))),
  ].join(', ')
  return (request) => {
    throw new ApiError('method_not_allowed', `expected ${allow}, got ${request.method}`, { headers: { allow } })
  }
}
