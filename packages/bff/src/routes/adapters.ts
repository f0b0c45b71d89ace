import { adapterSchema } from '@signalbox/contracts'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentAdapter } from '../present/adapter.ts'

export function adapterRoutes({ engine }: Pick<Deps, 'engine'>): Route[] {
  const adapters = engine.adapters.map(presentAdapter)
  return [
    route({
      method: 'get',
      path: '/api/adapters',
      operation: 'listAdapters',
      tag: 'services',
      summary: 'What speaks to providers, each with the settings that a service of it has',
      data: z.array(adapterSchema),
      errors: [],
      handle: () => adapters,
    }),
  ]
}
