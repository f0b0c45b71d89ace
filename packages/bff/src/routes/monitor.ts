import {
  conservationSchema,
  monitorSnapshotSchema,
  rewindIndexSchema,
  rewindQuerySchema,
  rewindSchema,
  snapshotQuerySchema,
} from '@signalbox/contracts'
import type { Deps } from '../deps.ts'
import { ApiError } from '../http/errors.ts'
import { route, type Route } from '../http/route.ts'
import { presentConservation } from '../present/monitor.ts'

export function monitorRoutes({ engine, monitor, rewind }: Pick<Deps, 'engine' | 'monitor' | 'rewind'>): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/monitor/snapshot',
      operation: 'getMonitorSnapshot',
      tag: 'monitor',
      summary: 'Everything on the wall at one moment; the socket carries what changes after it',
      query: snapshotQuerySchema,
      data: monitorSnapshotSchema,
      errors: [],
      handle: ({ query }) => monitor.snapshot(query.range),
    }),
    route({
      method: 'post',
      path: '/api/monitor/conservation/check',
      operation: 'checkConservation',
      tag: 'monitor',
      summary: 'Count the records themselves and name those that stand nowhere or twice; slow with millions of them',
      data: conservationSchema,
      errors: [],
      async handle() {
        return presentConservation(await engine.stats.conservation({ deep: true }))
      },
    }),
    route({
      method: 'get',
      path: '/api/monitor/rewind/index',
      operation: 'getRewindIndex',
      tag: 'monitor',
      summary: 'The moments of the last 60 minutes that the wall can be taken back to',
      data: rewindIndexSchema,
      errors: [],
      async handle() {
        return rewind.index(Date.now(), (await monitor.figures()).lastHour)
      },
    }),
    route({
      method: 'get',
      path: '/api/monitor/rewind',
      operation: 'getRewind',
      tag: 'monitor',
      summary: 'The wall as it was at a moment of the last 60 minutes',
      query: rewindQuerySchema,
      data: rewindSchema,
      errors: ['moment_not_found'],
      async handle({ query }) {
        const moment = await rewind.moment(Date.parse(query.at), Date.now(), query.range)
        if (moment) return moment
        throw new ApiError('moment_not_found', `expected a moment of the last 60 minutes, got ${query.at}`)
      },
    }),
  ]
}
