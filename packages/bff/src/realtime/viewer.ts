/** One connected viewer of `/monitor`: what it may ask, checked and counted. */
import {
  catchUpSchema,
  monitorRoomSchema,
  recordIdSchema,
  snapshotQuerySchema,
  type MonitorClientEvents,
  type MonitorServerEvents,
  type CatchUpReply,
  type SnapshotReply,
  type SocketReply,
} from '@signalbox/contracts'
import type { Namespace, Socket } from 'socket.io'
import { answer } from './answer.ts'
import { cutWhenTooBusy } from './busy.ts'
import type { Monitor } from './monitor.ts'
import type { Watches } from './watches.ts'

export type MonitorSpace = Namespace<MonitorClientEvents, MonitorServerEvents>
export type Viewer = Socket<MonitorClientEvents, MonitorServerEvents>

/** A person clicks a few times a second; a program that asks more than this is cut. */
const EVENTS_PER_SECOND = 20

/** `onWatches`: what is watched is not the same any more. */
export function receiveViewer(
  viewer: Viewer,
  { monitor, watches, onWatches }: { monitor: Monitor; watches: Watches<Viewer>; onWatches: () => void },
): void {
  cutWhenTooBusy(viewer, EVENTS_PER_SECOND)
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
  viewer.on('snapshot', (query, ack) =>
    answer<typeof snapshotQuerySchema, SnapshotReply>(snapshotQuerySchema, query, ack, async ({ range }) => ({
      ...{ ok: true, snapshot: await monitor.snapshot(range) },
    })),
  )
  viewer.on('watch', (recordId, ack) =>
    answer(recordIdSchema, recordId, ack, (checked) => {
      if (watches.add(viewer, checked)) {
        onWatches()
        return ok()
      }
      return { ok: false, message: 'expected at most 10 watched messages, got one more; unwatch one first' }
    }),
  )
  viewer.on('unwatch', (recordId, ack) =>
    answer(recordIdSchema, recordId, ack, (checked) => {
      watches.remove(viewer, checked)
      onWatches()
      return ok()
    }),
  )
  viewer.once('disconnect', () => {
    watches.drop(viewer)
    onWatches()
  })
}
