import {
  acknowledgeSchema,
  alertHistoryQuerySchema,
  alertSchema,
  alertTransitionSchema,
  unacknowledgeSchema,
} from '@signalbox/contracts'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentAlert, presentTransition } from '../present/alert.ts'

const PATH = '/api/alerts'
const alertParams = z.strictObject({ id: z.string().max(100) })

export function alertRoutes({ engine: { alerts }, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listAlerts',
      tag: 'alerts',
      summary: 'Every rule with its state, figure and threshold',
      data: z.array(alertSchema),
      errors: [],
      handle: () => alerts.list().map((alert) => presentAlert(alert, view)),
    }),
    route({
      method: 'get',
      path: `${PATH}/history`,
      operation: 'listAlertHistory',
      tag: 'alerts',
      summary: 'What fired, was resolved and was acknowledged, newest first',
      query: alertHistoryQuerySchema,
      data: z.array(alertTransitionSchema),
      errors: [],
      async handle({ query }) {
        return (await alerts.history(query.limit)).map((event) => presentTransition(event, view))
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/acknowledge`,
      operation: 'acknowledgeAlert',
      tag: 'alerts',
      summary: 'Somebody looks after it, for so long; only one that is pending or firing',
      params: alertParams,
      body: acknowledgeSchema,
      data: alertSchema,
      errors: ['alert_not_found', 'wrong_state'],
      example: { body: { by: 'Li Wei', for_ms: 3_600_000, note: 'the provider knows' } },
      async handle({ params, body }) {
        return presentAlert(await alerts.acknowledge(params.id, body.by, body.for_ms, body.note || null), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/:id/unacknowledge`,
      operation: 'unacknowledgeAlert',
      tag: 'alerts',
      summary: 'Take an acknowledgement back',
      params: alertParams,
      body: unacknowledgeSchema,
      data: alertSchema,
      errors: ['alert_not_found', 'wrong_state'],
      example: { body: { by: 'Li Wei' } },
      async handle({ params, body }) {
        return presentAlert(await alerts.unacknowledge(params.id, body.by), view)
      },
    }),
  ]
}
