import {
  adapterSchema,
  pausesSchema,
  serviceActivitySchema,
  serviceSchema,
  serviceTestSchema,
  type CreateService,
  type Service,
  type TestService,
  type UpdateService,
} from '@signalbox/contracts'
import { request } from '../../api/http.ts'
import type { ServiceAction } from './condition.ts'

const PATH = '/api/services'

const ACT: Record<ServiceAction, (id: number) => Promise<Service>> = {
  pause: (id) => request(serviceSchema, `${PATH}/${id}/pause`, { method: 'POST' }),
  resume: (id) => request(serviceSchema, `${PATH}/${id}/resume`, { method: 'POST' }),
  drain: (id) => request(serviceSchema, `${PATH}/${id}/drain`, { method: 'POST' }),
  enable: (id) => servicesApi.update(id, { enabled: true }),
}

export const servicesApi = {
  list: (signal: AbortSignal) => request(serviceSchema.array(), PATH, { signal }),
  get: (id: number, signal: AbortSignal) => request(serviceSchema, `${PATH}/${id}`, { signal }),
  activity: (signal: AbortSignal) =>
    request(serviceActivitySchema, `${PATH}/activity`, { query: { hours: 24 }, signal }),
  adapters: (signal: AbortSignal) => request(adapterSchema.array(), '/api/adapters', { signal }),
  pauses: (signal: AbortSignal) => request(pausesSchema, '/api/pauses', { signal }),
  create: (body: CreateService) => request(serviceSchema, PATH, { method: 'POST', body }),
  update: (id: number, body: UpdateService) => request(serviceSchema, `${PATH}/${id}`, { method: 'PUT', body }),
  act: (action: ServiceAction, id: number) => ACT[action](id),
  /** One real hand-over. */
  test: (id: number, body: Partial<TestService> & Pick<TestService, 'recipient'>) =>
    request(serviceTestSchema, `${PATH}/${id}/test`, { method: 'POST', body }),
}
