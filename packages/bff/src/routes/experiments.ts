import {
  endExperimentSchema,
  experimentSchema,
  promoteExperimentSchema,
  startExperimentSchema,
} from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentExperiment } from '../present/template.ts'
import { idParams } from './params.ts'

const PATH = '/api/messages/templates/:id/experiment'

export function experimentRoutes({ engine: { experiments }, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'getExperiment',
      tag: 'templates',
      summary: 'The last experiment with two versions, or null',
      params: idParams,
      data: experimentSchema.nullable(),
      errors: ['template_not_found'],
      async handle({ params }) {
        const report = await experiments.get(params.id)
        return report && presentExperiment(report, view)
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operation: 'startExperiment',
      tag: 'templates',
      summary: 'Send another published version to a part of the recipients, by a stable hash of each',
      params: idParams,
      body: startExperimentSchema,
      data: experimentSchema,
      status: 201,
      errors: ['template_not_found', 'wrong_state'],
      example: { body: { version: 2, share_percent: 50, planned_per_version: 1000 } },
      async handle({ params, body }) {
        const { version, share_percent: shareB, planned_per_version: planned, by } = body
        return presentExperiment(await experiments.start({ templateId: params.id, version, shareB, planned, by }), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/end`,
      operation: 'endExperiment',
      tag: 'templates',
      summary: 'Give everybody the version in force again',
      params: idParams,
      body: endExperimentSchema,
      data: experimentSchema,
      errors: ['template_not_found', 'not_found'],
      async handle({ params, body }) {
        return presentExperiment(await experiments.end(params.id, body.by), view)
      },
    }),
    route({
      method: 'post',
      path: `${PATH}/promote`,
      operation: 'promoteExperiment',
      tag: 'templates',
      summary: 'End it in favour of one version; one that is not in force is published anew',
      params: idParams,
      body: promoteExperimentSchema,
      data: experimentSchema,
      errors: ['template_not_found', 'not_found', 'conflict'],
      example: { body: { version: 2 } },
      async handle({ params, body }) {
        return presentExperiment(await experiments.promote(params.id, body.version, body.by), view)
      },
    }),
  ]
}
