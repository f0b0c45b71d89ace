import {
  findQuerySchema,
  foundSchema,
  messageFilterSchema,
  revealedSchema,
  revealRequestSchema,
  type MessageFilter,
} from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route, type TextRoute } from '../http/route.ts'
import { csvHeader, csvLine } from '../present/csv.ts'
import { readFilter } from '../present/filter.ts'
import { presentMessage } from '../present/message.ts'
import { messageParams } from './params.ts'

const EXPORTED_AT_ONCE = 500

/** Who is looked for, who is looked at, and what is taken away. */
export function findRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/messages/find',
      operation: 'findMessage',
      tag: 'messages',
      summary: 'By whatever is at hand: trace id, record id, idempotency key or recipient',
      query: findQuerySchema,
      data: foundSchema,
      errors: [],
      async handle({ query }) {
        const { message, key, recipient } = await engine.find(query.q)
        return {
          message: message && presentMessage(message, view),
          idempotency_key: key && {
            message: key.kind === 'message' && key.message ? presentMessage(key.message, view) : null,
            task_id: key.kind === 'task' ? key.taskId : null,
          },
          recipient: recipient && {
            recipient: recipient.spelling,
            messages: recipient.messages.map((record) => presentMessage(record, view)),
            more: recipient.more,
          },
        }
      },
    }),
    route({
      method: 'post',
      path: '/api/messages/:id/reveal',
      operation: 'revealRecipient',
      tag: 'messages',
      summary: 'The recipient in full; that it was looked at stands in the audit log',
      params: messageParams,
      body: revealRequestSchema,
      data: revealedSchema,
      errors: ['message_not_found'],
      async handle({ params: { id }, body }) {
        const record = await engine.messages.get(id)
        if (!record) throw new ApiError('message_not_found', `expected a message with id ${id}, got none`)
        await engine.audit('reveal recipient', id, body.reason)
        return { record_id: id, recipient: record.recipient }
      },
    }),
  ]
}

export function exportRoute({ engine, view }: Pick<Deps, 'engine' | 'view'>): TextRoute {
  return {
    path: '/api/messages/export.csv',
    operation: 'exportMessages',
    tag: 'messages',
    summary: 'What a filter finds as CSV, newest first; recipients masked, no bodies',
    contentType: 'text/csv; charset=utf-8',
    fileName: 'messages.csv',
    query: messageFilterSchema,
    async *lines(query) {
      const filter = await readFilter(query as MessageFilter, engine)
      await engine.audit('export', null, JSON.stringify(filter))
      yield csvHeader
      for (let before: number | null | undefined; before !== null;) {
        const page = await engine.messages.search({ ...filter, before, limit: EXPORTED_AT_ONCE, scan: 50_000 })
        yield page.messages.map((record) => csvLine(presentMessage(record, view))).join('')
        before = page.nextBefore
      }
    },
  }
}
