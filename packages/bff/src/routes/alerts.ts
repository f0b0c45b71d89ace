import {
  acknowledgeSchema,
  alertHistoryQuerySchema,
  alertSchema,
  alertTransitionSchema,
  unacknowledgeSchema,
} from '@signalbox/contracts'
import { z } from 'zod'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'

const PATH = '/api/alerts'
const alertParams = z.strictObject({ id: z.string().max(100) })

export function alertRoutes(): Route[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listAlerts',
      tag: 'alerts',
      summary: 'Every rule with its state, figure and threshold',
      data: z.array(alertSchema),
      errors: [],
      handle: () => [],
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
      handle: () => [],
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
      handle({ params }) {
        throw new ApiError('alert_not_found', `expected an alert with id ${params.id}, got none`)
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
      handle({ params }) {
        throw new ApiError('alert_not_found', `expected an alert with id ${params.id}, got none`)
      },
    }),
  ]
}
