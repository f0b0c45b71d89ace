import type { Deps } from '../deps.ts'
import { openApiJson } from '../openapi/document.ts'
import type { Route, TextRoute } from '../http/route.ts'
import { adapterRoutes } from './adapters.ts'
import { alertRoutes } from './alerts.ts'
import { bulkRoutes } from './bulk.ts'
import { exportRoute, findRoutes } from './find.ts'
import { inboxRoutes } from './inbox.ts'
import { messageRoutes } from './messages.ts'
import { monitorRoutes } from './monitor.ts'
import { pauseRoutes } from './pauses.ts'
import { sendRoutes } from './send.ts'
import { serviceRoutes } from './services.ts'
import { statisticsRoutes } from './statistics.ts'
import { suppressionRoutes } from './suppressions.ts'
import { metricsRoute, systemRoutes } from './system.ts'
import { experimentRoutes } from './experiments.ts'
import { templateToolRoutes } from './template-tools.ts'
import { templateRoutes } from './templates.ts'
import { traceRoutes } from './traces.ts'
import { viewRoutes } from './views.ts'

export interface RouteTable {
  /** The hot path: mounted before everything that a send does not need. */
  send: Route[]
  /** In order: a fixed path stands before one with a parameter in the same place. */
  api: Route[]
  text: TextRoute[]
}

export function routeTable(deps: Deps): RouteTable {
  const send = sendRoutes(deps)
  const api = [
    ...templateToolRoutes(deps),
    ...templateRoutes(deps),
    ...experimentRoutes(deps),
    ...traceRoutes(deps),
    ...statisticsRoutes(deps),
    ...bulkRoutes(deps),
    ...viewRoutes(deps),
    ...findRoutes(deps),
    ...messageRoutes(deps),
    ...pauseRoutes(deps),
    ...adapterRoutes(deps),
    ...serviceRoutes(deps),
    ...suppressionRoutes(deps),
    ...inboxRoutes(deps),
    ...monitorRoutes(deps),
    ...alertRoutes(deps),
    ...systemRoutes(deps),
  ]
  const text: TextRoute[] = [
    metricsRoute(deps),
    exportRoute(deps),
    {
      path: '/openapi.json',
      operation: 'getOpenApi',
      tag: 'system',
      summary: 'This description',
      contentType: 'application/json; charset=utf-8',
      handle: () => document,
    },
  ]
  const document = openApiJson([...send, ...api], text, deps.facts.version)
  return { send, api, text }
}
