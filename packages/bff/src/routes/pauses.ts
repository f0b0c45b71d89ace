import { pausesSchema } from '@signalbox/contracts'
import type { PauseTarget } from '@signalbox/engine'
import type { Deps } from '../deps.ts'
import { route, type Route } from '../http/route.ts'
import { presentPauses } from '../present/explain.ts'
import { channelParams, queueParams } from './params.ts'

const SUMMARY = {
  pauseChannel:
    'Send nothing more of this channel until it is resumed; what waits keeps its place, what is being sent goes on',
  resumeChannel: 'Let a paused channel go on, in order',
  pauseQueue: 'Hand out nothing more of this queue until it is resumed; what waits keeps its place, what runs goes on',
  resumeQueue: 'Let a paused queue go on, in order; channels that are paused stay so',
}
type Act = 'pause' | 'resume'

export function pauseRoutes({ engine, view }: Pick<Deps, 'engine' | 'view'>): Route[] {
  const reply = () => presentPauses(engine.paused, view.instant)
  return [
    route({
      method: 'get',
      path: '/api/pauses',
      operation: 'listPauses',
      tag: 'queues',
      summary: 'What is paused, and since when',
      data: pausesSchema,
      errors: [],
      handle: reply,
    }),
    ...(['pause', 'resume'] as const).flatMap((name) => [onChannel(name), onQueue(name)]),
  ]

  function onChannel(name: Act): Route {
    return route({
      ...{ method: 'post', path: `/api/channels/:channel/${name}`, operation: `${name}Channel`, tag: 'queues' },
      summary: SUMMARY[`${name}Channel`],
      params: channelParams,
      data: pausesSchema,
      errors: [],
      handle: ({ params }) => act(name, params),
    })
  }

  function onQueue(name: Act): Route {
    return route({
      ...{ method: 'post', path: `/api/queues/:queue/${name}`, operation: `${name}Queue`, tag: 'queues' },
      summary: SUMMARY[`${name}Queue`],
      params: queueParams,
      data: pausesSchema,
      errors: [],
      handle: ({ params }) => act(name, params),
    })
  }

  async function act(name: Act, target: PauseTarget) {
    await engine[name](target)
    return reply()
  }
}
