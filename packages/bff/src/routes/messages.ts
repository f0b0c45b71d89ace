import {
  messagePageSchema,
  messageRowSchema,
  messageSearchQuerySchema,
  reconciledSchema,
  resolveRequestSchema,
  type ErrorName,
} from '@signalbox/contracts'
import { timeOfId, type MessageQuery, type MessageRecord } from '@signalbox/engine'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { readFilter } from '../present/filter.ts'
import { presentMessage } from '../present/message.ts'
import { messageParams } from './params.ts'

const PATH = '/api/messages'

/** One call looks through so many messages at most, half of them when it reads their errors: some 40 ms of a thread that others wait for too. */
export function lookedThrough({ error }: Pick<MessageQuery, 'error'>): number {
  return error === undefined ? 50_000 : 25_000
}

export function messageRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { messages } = engine
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'searchMessages',
      tag: 'messages',
      summary: 'Search, newest first; recipients masked, no bodies',
      query: messageSearchQuerySchema,
      data: messagePageSchema,
      errors: [],
      async handle({ query }) {
        const { before, limit, ...filter } = query
        const bounds = { before, limit, scan: lookedThrough(filter) }
        const page = await messages.search({ ...(await readFilter(filter, engine)), ...bounds })
        const partial = page.nextBefore !== null && page.messages.length < limit
        return {
          messages: page.messages.map((record) => presentMessage(record, view)),
          next_before: page.nextBefore,
          looked_back_to: partial ? view.instant(timeOfId(page.nextBefore as number)) : null,
        }
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id`,
      operation: 'getMessage',
      tag: 'messages',
      summary: 'One message by record id or trace id',
      params: messageParams,
      data: messageRowSchema,
      errors: ['message_not_found'],
      async handle({ params }) {
        const record = await messages.get(params.id)
        if (!record) throw new ApiError('message_not_found', `expected a message with id ${params.id}, got none`)
        return presentMessage(record, view)
      },
    }),
    ...[
      action('cancel', 'cancelMessage', 'Cancel a message that is not yet being sent', (id) => messages.cancel(id)),
      action('retry', 'retryMessage', 'Put a failed or expired message back into the queue', (id) =>
        messages.retry(id),
      ),
    ],
    route({
      method: 'post',
      path: `${PATH}/:id/resolve`,
      operation: 'resolveMessage',
      tag: 'messages',
      summary: 'Decide what became of a message whose outcome is unknown',
      params: messageParams,
      body: resolveRequestSchema,
      data: messageRowSchema,
      errors: ['message_not_found', 'wrong_state'],
      example: { body: { outcome: 'sent', note: 'seen in the provider console' } },
      async handle({ params, body }) {
        return presentMessage(await messages.resolve(params.id, body.outcome, body.note), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/reconcile`,
      operation: 'reconcileMessage',
      tag: 'messages',
      summary: 'Ask the provider now what became of a message, where it can tell',
      params: messageParams,
      data: reconciledSchema,
      errors: ['message_not_found', 'wrong_state'],
      async handle({ params }) {
        const { look, nextAt, record } = await engine.lookUp(params.id)
        const { answer, code, detail } = look
        const next_at = nextAt === null ? null : view.instant(nextAt)
        return { answer, code, detail, next_at, message: presentMessage(record, view) }
      },
    }),
  ]

  function action(
    name: string,
    operation: string,
    summary: string,
    act: (id: number) => Promise<MessageRecord>,
  ): Route {
    const errors: ErrorName[] = ['message_not_found', 'wrong_state']
    return route({
      ...{ method: 'post', path: `${PATH}/:id/${name}`, operation, tag: 'messages', summary, errors },
      params: messageParams,
      data: messageRowSchema,
      async handle({ params }) {
        return presentMessage(await act(params.id), view)
      },
    })
  }
}
