import { messageFilterSchema, messageViewSchema, saveViewSchema } from '@signalbox/contracts'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { check, queryOf } from '../http/validate.ts'
import { viewParams } from './params.ts'

const PATH = '/api/messages/views'
/** Everybody sees a view, and recipients are masked. */
const viewFilterSchema = messageFilterSchema.omit({ recipient: true })

export function viewRoutes({ engine: { views } }: Pick<Deps, 'engine'>): Route[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listViews',
      tag: 'messages',
      summary: 'Saved views of the messages, by name; one whose filter is no longer understood is listed too',
      data: z.array(messageViewSchema),
      errors: [],
      handle: () => views.list(),
    }),
    route({
      method: 'put',
      path: `${PATH}/:name`,
      operation: 'saveView',
      tag: 'messages',
      summary: 'Save a filter under a name; at most 50, names without regard to case',
      params: viewParams,
      body: saveViewSchema,
      data: messageViewSchema,
      errors: ['conflict', 'views_full'],
      example: { body: { query: 'status=failed&channel=sms' } },
      async handle({ params: { name }, body: { query, replace } }) {
        check(viewFilterSchema, queryOf(`?${query}`), 'query')
        return views.save({ name, query }, { replace })
      },
    }),
    route({
      method: 'delete',
      path: `${PATH}/:name`,
      operation: 'removeView',
      tag: 'messages',
      summary: 'Delete a saved view; replies with it, so that it can be put back',
      params: viewParams,
      data: messageViewSchema,
      errors: ['view_not_found'],
      handle: ({ params: { name } }) => views.remove(name),
    }),
  ]
}
