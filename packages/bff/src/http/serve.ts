import type { IncomingMessage, ServerResponse } from 'node:http'
import { readJson } from './body.ts'
import { sendOk, tell } from './reply.ts'
import type { Route } from './route.ts'
import { check, queryOf } from './validate.ts'

/** Rejects with what is to be refused. */
export type Serve = (request: IncomingMessage, response: ServerResponse, params: unknown) => Promise<void>

/** Parse, call, reply: the same for a call that comes through Express and for one that does not. */
export function serve(route: Route): Serve {
  return async (request, response, given) => {
    const params = check(route.params, given, 'path')
    const query = check(route.query, queryOf(request.url ?? ''), 'query')
    const body = route.body ? check(route.body, await readJson(request, route.bodyLimitBytes), 'body') : undefined
    const setHeader = (name: string, value: string): void => tell(response, name, value)
    const data = await route.handle({ params, query, body, headers: request.headers, setHeader })
    sendOk(response, route.status, data)
  }
}
