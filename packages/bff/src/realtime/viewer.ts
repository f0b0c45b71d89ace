/** One connected viewer of `/monitor`: what it may ask, checked and counted. */
import {
  catchUpSchema,
  monitorRoomSchema,
  recordIdSchema,
  type MonitorClientEvents,
  type MonitorServerEvents,
  type CatchUpReply,
  type SocketReply,
} from '@signalbox/contracts'
import type { Namespace, Socket } from 'socket.io'
import type { z } from 'zod'
import { issuesOf, summary } from '../http/issues.ts'
import type { Monitor } from './monitor.ts'
import type { Watches } from './watches.ts'

export type MonitorSpace = Namespace<MonitorClientEvents, MonitorServerEvents>
export type Viewer = Socket<MonitorClientEvents, MonitorServerEvents>

/** A person clicks a few times a second; a program that asks more than this is cut. */
const EVENTS_PER_SECOND = 20

export function receiveViewer(viewer: Viewer, monitor: Monitor, watches: Watches<Viewer>): void {
  cutWhenTooBusy(viewer)
  const ok = (): SocketReply => ({ ok: true, seq: monitor.seq })

  viewer.on('join', (room, ack) =>
    answer(monitorRoomSchema, room, ack, async (checked) => {
      await viewer.join(checked)
      monitor.wake()
      return ok()
    }),
  )
  viewer.on('leave', (room, ack) =>
    answer(monitorRoomSchema, room, ack, async (checked) => {
      await viewer.leave(checked)
      return ok()
    }),
  )
  viewer.on('catch_up', (from, ack) =>
    answer<typeof catchUpSchema, CatchUpReply>(catchUpSchema, from, ack, (checked) => monitor.catchUp(checked)),
  )
  viewer.on('watch', (recordId, ack) =>
    answer(recordIdSchema, recordId, ack, (checked) => {
      if (watches.add(viewer, checked)) return ok()
      return { ok: false, message: 'expected at most 10 watched messages, got one more; unwatch one first' }
    }),
  )
  viewer.on('unwatch', (recordId, ack) =>
    answer(recordIdSchema, recordId, ack, (checked) => {
      watches.remove(viewer, checked)
      return ok()
    }),
  )
  viewer.once('disconnect', () => watches.drop(viewer))
}

/** Parse, act, acknowledge. Whatever a client sends, nothing is thrown into the socket's own code. */
export function answer<T extends z.ZodType, R extends CatchUpReply = SocketReply>(
  schema: T,
  payload: unknown,
  ack: unknown,
  act: (checked: z.output<T>) => Promise<R> | R,
): void {
  const reply = (result: R | { ok: false; message: string }): void => {
    if (isCallback<typeof result>(ack)) ack(result)
  }
  const parsed = schema.safeParse(payload)
  if (!parsed.success) return reply({ ok: false, message: summary(issuesOf(parsed.error, payload, 'the argument')) })
  void Promise.resolve(act(parsed.data)).then(reply, () => reply({ ok: false, message: 'internal error' }))
}

/** A client may leave it out, or send anything. */
function isCallback<T>(given: unknown): given is (result: T) => void {
  return typeof given === 'function'
}

function cutWhenTooBusy(viewer: Viewer): void {
  let second = 0
  let count = 0
  viewer.use((_event, next) => {
    const now = Math.floor(performance.now() / 1000)
    count = now === second ? count + 1 : 1
    second = now
    if (count > EVENTS_PER_SECOND) viewer.conn.close(true)
    else next()
  })
}
