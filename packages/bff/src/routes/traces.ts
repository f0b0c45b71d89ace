import { traceSchema } from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentTrace } from '../present/trace.ts'
import { messageParams } from './params.ts'

export function traceRoutes({ engine: { traces }, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/messages/traces/:id',
      operation: 'getTrace',
      tag: 'traces',
      summary: 'What happened to a message, by trace id or record id',
      params: messageParams,
      data: traceSchema,
      errors: ['message_not_found'],
      async handle({ params }) {
        const trace = await traces.get(params.id)
        if (!trace) throw new ApiError('message_not_found', `expected a message with id ${params.id}, got none`)
        return presentTrace(trace, view, Date.now())
      },
    }),
  ]
}
