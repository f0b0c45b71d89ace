import {
  clusterSchema,
  healthSchema,
  poolsSchema,
  settingsAppliedSchema,
  settingsVersionSchema,
  systemHealthSchema,
} from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route, type TextRoute } from '../http/route.ts'
import { presentPoolsReport } from '../present/pools.ts'
import { presentSettingsApplied } from '../present/settings-applied.ts'
import { presentSettingsVersion } from '../present/settings-version.ts'
import { presentSystemHealth } from '../present/system.ts'
import { settingsQuery } from './params.ts'

export function systemRoutes({
  engine,
  monitor,
  facts,
  view,
  neighbours,
}: Pick<Deps, 'engine' | 'monitor' | 'facts' | 'view' | 'neighbours'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/health',
      operation: 'getHealth',
      tag: 'system',
      summary: 'Alive and taking messages; 503 when it takes none',
      data: healthSchema,
      errors: ['not_accepting'],
      example: { data: { status: 'ok' } },
      handle() {
        const { status, problem } = engine
        if (status === 'ok' || status === 'starting') return { status }
        throw new ApiError(
          'not_accepting',
          `expected the engine to take messages, got status ${status}${problem === null ? '' : `: ${problem}`}`,
        )
      },
    }),
    route({
      method: 'get',
      path: '/api/system/health',
      operation: 'getSystemHealth',
      tag: 'system',
      summary: 'Services, queues and performance at a glance',
      data: systemHealthSchema,
      errors: [],
      async handle() {
        const [figures, recent, nodes] = await Promise.all([
          monitor.figures(),
          engine.stats.recent(),
          neighbours.nodes(),
        ])
        const cluster = { nodes, links: neighbours.links(), inbox: neighbours.inbox() }
        return presentSystemHealth(engine, figures, recent, facts, cluster, Date.now())
      },
    }),
    route({
      method: 'get',
      path: '/api/system/nodes',
      operation: 'getNodes',
      tag: 'system',
      summary: 'The nodes on the same store, with their load, and the services that the store stands on',
      data: clusterSchema,
      errors: [],
      handle: async () => ({ nodes: await neighbours.nodes(), links: neighbours.links() }),
    }),
    route({
      method: 'get',
      path: '/api/system/pools',
      operation: 'getPools',
      tag: 'system',
      summary: 'Pools of workers with their last changes of size and why, and pools of threads',
      data: poolsSchema,
      errors: [],
      handle: () => presentPoolsReport(engine, view),
    }),
    route({
      method: 'get',
      path: '/api/system/settings',
      operation: 'getSettingsVersion',
      tag: 'system',
      summary: 'The settings tables as they were at a version (default: now), beside what stands there now',
      query: settingsQuery,
      data: settingsVersionSchema,
      errors: ['settings_version_not_found'],
      handle: async ({ query }) => presentSettingsVersion(await engine.settings.asOf(query.version), view.instant),
    }),
    route({
      method: 'get',
      path: '/api/system/settings/applied',
      operation: 'getSettingsApplied',
      tag: 'system',
      summary: 'On which nodes the newest settings are in force, how long that took, and what was refused there',
      data: settingsAppliedSchema,
      errors: [],
      handle: async () => presentSettingsApplied(await engine.settingsApplied(), view.instant),
    }),
  ]
}

export function metricsRoute({
  metrics,
  engine,
  socketClients,
  inbox,
}: Pick<Deps, 'metrics' | 'engine' | 'socketClients' | 'inbox'>): TextRoute {
  return {
    path: '/metrics',
    operation: 'getMetrics',
    tag: 'system',
    summary: 'Prometheus metrics',
    contentType: metrics.contentType,
    handle: () => metrics.text({ figures: () => engine.stats.live(), socketClients, inbox: () => inbox.presence() }),
  }
}
