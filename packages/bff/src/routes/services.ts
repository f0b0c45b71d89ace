import {
  createServiceSchema,
  serviceActivityQuerySchema,
  serviceActivitySchema,
  serviceTestSchema,
  testServiceSchema,
  sandboxMessageSchema,
  sandboxQuerySchema,
  serviceSchema,
  updateServiceSchema,
} from '@signalbox/contracts'
import type { ServiceRecord } from '@signalbox/engine'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { inputOf, presentActivity, presentKept, presentService, presentTrial } from '../present/service.ts'
import { idParams } from './params.ts'

const PATH = '/api/services'

export function serviceRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { services } = engine
  const present = (service: ServiceRecord) => presentService(service, services.health(service.id), view)
  return [
    route({
      method: 'get',
      path: PATH,
      operation: 'listServices',
      tag: 'services',
      summary: 'Configured accounts at providers',
      data: z.array(serviceSchema),
      errors: [],
      handle: () => services.list().map(present),
    }),
    route({
      method: 'post',
      path: PATH,
      operation: 'createService',
      tag: 'services',
      summary: 'Configure an account; its settings are checked by its adapter',
      body: createServiceSchema,
      data: serviceSchema,
      status: 201,
      errors: ['conflict'],
      example: { body: { name: 'Sandbox sms', channel: 'sms', adapter: 'sandbox', settings: {} } },
      async handle({ body }) {
        return present(await services.create(inputOf(body)))
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/activity`,
      operation: 'getServiceActivity',
      tag: 'services',
      summary: 'What each service sent, what failed, and how fast its provider answered, by hour',
      query: serviceActivityQuerySchema,
      data: serviceActivitySchema,
      errors: [],
      async handle({ query }) {
        return presentActivity(await engine.stats.services(query.hours), services.list(), view)
      },
    }),
    route({
      method: 'get',
      path: `${PATH}/:id`,
      operation: 'getService',
      tag: 'services',
      summary: 'One service',
      params: idParams,
      data: serviceSchema,
      errors: ['service_not_found'],
      handle: ({ params }) => present(services.get(params.id)),
    }),
    route({
      method: 'put',
      path: `${PATH}/:id`,
      operation: 'updateService',
      tag: 'services',
      summary: 'Change a service',
      params: idParams,
      body: updateServiceSchema,
      data: serviceSchema,
      errors: ['service_not_found', 'conflict'],
      example: { body: { enabled: false } },
      async handle({ params, body }) {
        return present(await services.update(params.id, inputOf(body)))
      },
    }),
    action(
      'pause',
      'pauseService',
      'Ask a service nothing more until it is resumed: its messages go to others or wait',
    ),
    action('resume', 'resumeService', 'Let a paused service go on'),
    action('drain', 'drainService', 'Disable a service; what is with its provider is finished'),
    route({
      method: 'post',
      path: `${PATH}/:id/test`,
      operation: 'testService',
      tag: 'services',
      summary:
        'Send one real message by this very service, outside queue, limits and statistics; audited, never repeated',
      params: idParams,
      body: testServiceSchema,
      data: serviceTestSchema,
      errors: [
        ...(['service_not_found', 'invalid_recipient', 'template_not_found', 'template_not_active'] as const),
        ...(['missing_variable', 'unknown_variable'] as const),
      ],
      example: { body: { recipient: '13800138000', text: '您的验证码是 123456' } },
      async handle({ params, body: { template_id: templateId, ...body } }) {
        return presentTrial(await engine.tryService(params.id, { ...body, templateId }))
      },
    }),
    route({
      method: 'get',
      path: '/api/sandbox/messages',
      operation: 'listSandboxMessages',
      tag: 'sandbox',
      summary: 'What the sandbox kept in place of sending, newest first',
      query: sandboxQuerySchema,
      data: z.array(sandboxMessageSchema),
      errors: [],
      async handle({ query }) {
        return (await engine.kept(query)).map((kept) => presentKept(kept, view))
      },
    }),
  ]

  function action(name: 'pause' | 'resume' | 'drain', operation: string, summary: string): Route {
    return route({
      ...{ method: 'post', path: `${PATH}/:id/${name}`, operation, tag: 'services', summary },
      params: idParams,
      data: serviceSchema,
      errors: ['service_not_found'],
      async handle({ params }) {
        return present(await services[name](params.id))
      },
    })
  }
}
