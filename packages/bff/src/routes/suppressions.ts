import {
  createSuppressionSchema,
  revealedSuppressionSchema,
  revealRequestSchema,
  suppressionListQuerySchema,
  suppressionPageSchema,
  suppressionSchema,
} from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentSuppression } from '../present/suppression.ts'
import { idParams } from './params.ts'

const PATH = '/api/suppressions'

/** Who must not be written to. */
export function suppressionRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { suppressions } = engine
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listSuppressions',
      tag: 'suppressions',
      summary: 'Who must not be written to, newest first; recipients masked',
      query: suppressionListQuerySchema,
      data: suppressionPageSchema,
      errors: [],
      async handle({ query }) {
        const page = await suppressions.list(query)
        return {
          suppressions: page.map((record) => presentSuppression(record, view)),
          next_before: page.length < query.limit ? null : (page.at(-1)?.id ?? null),
        }
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operation: 'addSuppression',
      tag: 'suppressions',
      summary:
        'Stop marketing to a recipient, or everything but one-time codes; who is there already stays as they are',
      body: createSuppressionSchema,
      data: suppressionSchema,
      status: 201,
      errors: ['invalid_recipient'],
      example: { body: { channel: 'sms', recipient: '13800138000', detail: 'asked for it on the phone' } },
      async handle({ body: { recipient: raw, ...body } }) {
        const recipient = suppressions.spell(body.channel, raw, 'recipient')
        return presentSuppression(await suppressions.add({ ...body, recipient, reason: 'manual' }), view)
      },
    }),
    route({
      method: 'delete',
      path: `${PATH}/:id`,
      operation: 'removeSuppression',
      tag: 'suppressions',
      summary: 'Let a recipient be written to again',
      params: idParams,
      data: suppressionSchema,
      errors: ['suppression_not_found'],
      async handle({ params }) {
        return presentSuppression(await suppressions.remove(params.id), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/reveal`,
      operation: 'revealSuppression',
      tag: 'suppressions',
      summary: 'The recipient in full; that it was looked at stands in the audit log',
      params: idParams,
      body: revealRequestSchema,
      data: revealedSuppressionSchema,
      errors: ['suppression_not_found'],
      async handle({ params: { id }, body }) {
        const { recipient, recordId } = await suppressions.get(id)
        const detail = `suppression ${id}${body.reason ? `: ${body.reason}` : ''}`
        await engine.audit('reveal recipient', recordId, detail)
        return { id, recipient }
      },
    }),
  ]
}
