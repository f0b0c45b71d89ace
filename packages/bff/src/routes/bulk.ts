import {
  bulkJobSchema,
  bulkPreviewRequestSchema,
  bulkPreviewSchema,
  bulkRequestSchema,
  bulkUndoRequestSchema,
} from '@signalbox/contracts'
import type { BulkJob } from '@signalbox/engine'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentBulkJob } from '../present/bulk.ts'
import { readFilter } from '../present/filter.ts'
import { bulkParams, taskParams } from './params.ts'

const PATH = '/api/messages/bulk'
const EXAMPLE = { action: 'retry', filter: { status: 'failed', channel: 'sms' } } as const

export function bulkRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const { bulk, tasks } = engine
  return [
    route({
      method: 'post',
      path: `${PATH}/preview`,
      operation: 'previewBulk',
      tag: 'messages',
      summary: 'How many messages a bulk action would move, exactly; moves nothing',
      body: bulkPreviewRequestSchema,
      data: bulkPreviewSchema,
      errors: [],
      example: { body: EXAMPLE },
      async handle({ body }) {
        return bulk.preview(body.action, await readFilter(body.filter, engine))
      },
    }),
    route({
      method: 'post',
      path: PATH,
      operation: 'startBulk',
      tag: 'messages',
      summary: 'Retry, cancel or resolve what was counted, and no more; in steps, each message audited',
      body: bulkRequestSchema,
      data: bulkJobSchema,
      status: 202,
      errors: ['conflict'],
      example: { body: { ...EXAMPLE, count: 12, before: 311_000_000_000_000 } },
      async handle({ body }) {
        const { filter, ...rest } = body
        return present(await bulk.start({ ...rest, filter: await readFilter(filter, engine) }))
      },
    }),
    route({
      method: 'get',
      path: PATH,
      operation: 'listBulk',
      tag: 'messages',
      summary: 'The last 50 bulk actions, newest first; one that a restart cut off goes on by itself',
      data: bulkJobSchema.array(),
      errors: [],
      handle: async () => (await bulk.list()).map(present),
    }),
    onJob('get', '', 'getBulk', 'How far a bulk action has come', (id) => bulk.get(id)),
    onJob('post', '/stop', 'stopBulk', 'Stop a bulk action half way; what was moved stays moved', (id) =>
      bulk.stop(id),
    ),
    route({
      method: 'post',
      path: `${PATH}/:jobId/undo`,
      operation: 'undoBulk',
      tag: 'messages',
      summary: 'Cancel what a retry or resend put back and still waits; what has left stays sent',
      errors: ['bulk_not_found', 'conflict'],
      params: bulkParams,
      body: bulkUndoRequestSchema,
      data: bulkJobSchema,
      handle: async ({ params, body }) => present(await bulk.undo(params.jobId, body.by)),
    }),
    route({
      method: 'post',
      path: '/api/tasks/:taskId/cancel',
      operation: 'cancelTask',
      tag: 'tasks',
      summary: 'Cancel everything of a task that still waits, in steps; what is being sent goes on',
      params: taskParams,
      data: bulkJobSchema,
      status: 202,
      errors: ['task_not_found', 'wrong_state', 'conflict'],
      async handle({ params: { taskId } }) {
        if (!(await tasks.progress(taskId))) {
          throw new ApiError('task_not_found', `expected a task with id ${taskId}, got none`)
        }
        const filter = { taskId }
        const counted = await bulk.preview('cancel', filter)
        if (counted.count === 0) {
          throw new ApiError(
            'wrong_state',
            'expected a task of which something still waits, got one of which nothing does',
          )
        }
        return present(await bulk.start({ action: 'cancel', filter, ...counted }))
      },
    }),
  ]

  function present(job: BulkJob) {
    return presentBulkJob(job, view.instant)
  }

  function onJob(
    method: 'get' | 'post',
    end: '' | `/${string}`,
    operation: string,
    summary: string,
    act: (id: number) => Promise<BulkJob>,
  ): Route {
    return route({
      ...{ method, path: `${PATH}/:jobId${end}`, operation, tag: 'messages', summary },
      errors: ['bulk_not_found'],
      params: bulkParams,
      data: bulkJobSchema,
      async handle({ params }) {
        return present(await act(params.jobId))
      },
    })
  }
}
