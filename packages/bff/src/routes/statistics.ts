import { overviewQuerySchema, overviewSchema, realtimeStatsSchema, taskStatusSchema } from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentOverview, presentRealtime, presentTask } from '../present/statistics.ts'
import { taskParams } from './params.ts'

export function statisticsRoutes({
  engine: { stats, tasks },
  neighbours,
  view,
}: Pick<Deps, 'engine' | 'neighbours' | 'view'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/messages/statistics/overview',
      operation: 'getOverview',
      tag: 'statistics',
      summary: 'Totals, by channel and by day, for whole days (default: today)',
      query: overviewQuerySchema,
      data: overviewSchema,
      errors: [],
      async handle({ query }) {
        return presentOverview(await stats.overview({ from: query.start_date, to: query.end_date }))
      },
    }),
    route({
      method: 'get',
      path: '/api/messages/statistics/realtime',
      operation: 'getRealtime',
      tag: 'statistics',
      summary: 'Messages by state and channel, and the worker pools',
      data: realtimeStatsSchema,
      errors: [],
      async handle() {
        const [realtime, { pools }] = await Promise.all([stats.realtime(), neighbours.figures(stats.live())])
        return presentRealtime({ ...realtime, pools })
      },
    }),
    route({
      method: 'get',
      path: '/api/tasks/:taskId/realtime-status',
      operation: 'getTaskStatus',
      tag: 'tasks',
      summary: 'Progress of a batch',
      params: taskParams,
      data: taskStatusSchema,
      errors: ['task_not_found'],
      async handle({ params }) {
        const progress = await tasks.progress(params.taskId)
        if (!progress) throw new ApiError('task_not_found', `expected a task with id ${params.taskId}, got none`)
        return presentTask(progress, view)
      },
    }),
  ]
}
