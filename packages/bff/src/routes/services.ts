import {
  createServiceSchema,
  sandboxMessageSchema,
  sandboxQuerySchema,
  serviceSchema,
  updateServiceSchema,
} from '@signalbox/contracts'
import type { ServiceRecord } from '@signalbox/engine'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { inputOf, presentKept, presentService } from '../present/service.ts'
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
}
