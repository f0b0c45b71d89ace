import { explanationSchema, traceSchema } from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentExplanation } from '../present/explain.ts'
import { presentTrace } from '../present/trace.ts'
import { messageParams } from './params.ts'

export function traceRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { traces } = engine
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
        const usual = await traces.usual(trace.message.channel)
        return presentTrace(trace, usual, engine.settings.version, view, Date.now())
      },
    }),
    route({
      method: 'get',
      path: '/api/messages/:id/explain',
      operation: 'explainMessage',
      tag: 'traces',
      summary: 'Why a message waits: its rank in the queue and all that holds it; or what became of it',
      params: messageParams,
      data: explanationSchema,
      errors: ['message_not_found'],
      async handle({ params }) {
        const explanation = await engine.explain(params.id)
        if (!explanation) throw new ApiError('message_not_found', `expected a message with id ${params.id}, got none`)
        return presentExplanation(explanation, view.instant, Date.now())
      },
    }),
  ]
}
