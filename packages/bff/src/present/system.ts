import type { Cluster, InboxPresence, SystemHealth } from '@signalbox/contracts'
import type { Engine, MonitorFigures } from '@signalbox/engine'

export interface SystemFacts {
  demo: boolean
  version: string
  startedAt: number
}

/** camelCase, as specified for this call. */
export function presentSystemHealth(
  engine: Engine,
  figures: MonitorFigures,
  recent: Awaited<ReturnType<Engine['stats']['recent']>>,
  { demo, version, startedAt }: SystemFacts,
  { nodes, links, inbox }: Cluster & { inbox: InboxPresence },
  now: number,
): SystemHealth {
  const services = engine.services.list()
  const available = services.filter((service) => service.enabled).length
  const queues = Object.values(figures.queues)
  const sum = (pick: (queue: (typeof queues)[number]) => number): number =>
    queues.reduce((all, queue) => all + pick(queue), 0)
  const { problems } = engine.settings
  const silent = nodes.filter(({ state }) => state === 'silent').length
  const standsWell = silent === 0 && links.every(({ up }) => up)
  const degraded = problems.length > 0 || available === 0 || !figures.conservation.balanced || !standsWell
  return {
    status: engine.status !== 'ok' ? 'unhealthy' : degraded ? 'degraded' : 'healthy',
    services: {
      total: services.length,
      available,
      utilizationRate:
        available === 0 ? 0 : Math.min(100, Math.round((recent.activeServices / available) * 10_000) / 100),
    },
    queues: {
      central: sum((queue) => queue.queued),
      pending: sum((queue) => queue.scheduled),
      processing: sum((queue) => queue.processing),
    },
    performance: {
      throughput: recent.endedPerSecond,
      avgResponseTime: recent.avgResponseMs,
      errorRate: recent.errorRate,
    },
    inbox,
    nodes: { total: nodes.filter(({ state }) => state !== 'gone').length, silent },
    links,
    problems: [...problems],
    version,
    uptimeSeconds: Math.round((now - startedAt) / 1000),
    demo,
    timeZone: engine.settings.values.timeZone,
  }
}
