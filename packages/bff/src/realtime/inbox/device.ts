/** One connected device of `/inbox`: what it is given and what it may say, checked and counted. */
import {
  INBOX_HEARTBEAT_MS,
  INBOX_LIMITS,
  inboxAckSchema,
  inboxPullSchema,
  inboxReadSchema,
  type InboxClientEvents,
  type InboxPullReply,
  type InboxReply,
  type InboxServerEvents,
} from '@signalbox/contracts'
import type { Clock, Engine } from '@signalbox/engine'
import type { DefaultEventsMap, Namespace, Socket } from 'socket.io'
import type { Logger } from 'pino'
import { boundedPage, presentBatch } from '../../present/inbox.ts'
import type { Instant } from '../../present/instant.ts'
import { answer } from '../answer.ts'
import { cutWhenTooBusy } from '../busy.ts'
import { createCourier } from './courier.ts'
import type { Desk, DeskDevice } from './desk.ts'

/** Who stands behind a socket, as its token and its `auth` say. */
export interface DeviceIdentity {
  user: string
  device: string
  /** The last seq that it has; 0 when what it had is of another inbox. */
  since: number
  reset: boolean
  lastSeq: number
  expiresAt: number
}

type Events = [InboxClientEvents, InboxServerEvents, DefaultEventsMap, DeviceIdentity]
export type InboxSpace = Namespace<Events[0], Events[1], Events[2], Events[3]>
export type DeviceSocket = Socket<Events[0], Events[1], Events[2], Events[3]>

export interface DeviceDeps {
  engine: Pick<Engine, 'inbox'>
  desk: Desk
  clock: Pick<Clock, 'now' | 'after'>
  instant: Instant
  log: Logger
}

/** Notices that may wait for a device that does not read; with one more it is cut. */
const UNREAD_NOTICES = 50

export function receiveDevice(socket: DeviceSocket, { engine, desk, clock, instant, log }: DeviceDeps): void {
  const { user, device, since, reset, lastSeq, expiresAt } = socket.data
  // Closing the connection, not the namespace: after the latter a client would not come back by itself.
  const cut = (reason: string): void => {
    log.debug({ device, reason }, 'inbox: connection of a device closed')
    socket.conn.close(true)
  }
  const fail = (error: unknown): void => {
    log.warn({ err: error }, 'inbox: could not be read or written, the device has to come again')
    socket.conn.close(true)
  }
  // They were counted when they came; of many at once some are only now too many.
  if (!desk.hasRoom(user)) return cut('too many devices')
  cutWhenTooBusy(socket, INBOX_LIMITS.eventsPerSecond)

  const courier = createCourier({
    since,
    read: (after) => desk.read(user, after),
    hand(from, page) {
      const batch = presentBatch(from, page, instant)
      socket.emit('entries', batch, () => courier.acknowledge(page.upTo))
    },
    taken: (upTo) => desk.delivered(user, upTo, device),
    onSilence: () => cut('it did not acknowledge'),
    onError: fail,
    after: (ms, fn) => clock.after(ms, fn),
  })
  let unread = 0
  const onDesk: DeskDevice = {
    wake: (seq) => courier.wake(seq),
    tellRead(seqs) {
      unread = socket.conn.transport.writable ? 0 : unread + 1
      if (unread > UNREAD_NOTICES) cut('it does not read')
      else socket.emit('read', { seqs })
    },
    close: () => socket.conn.close(),
  }
  const leave = desk.enter(user, onDesk)
  const cancelExpiry = clock.after(expiresAt - clock.now(), () => cut('its token has expired'))
  socket.once('disconnect', () => {
    leave()
    cancelExpiry()
    courier.close()
  })

  socket.on('ack', (ack, reply) =>
    answer(inboxAckSchema, ack, reply, ({ up_to }): InboxReply => {
      if (courier.acknowledge(up_to)) return { ok: true }
      return { ok: false, message: `expected up_to to be a seq that this device was given, got ${up_to}` }
    }),
  )
  socket.on('read', (read, reply) =>
    answer(inboxReadSchema, read, reply, async ({ seqs }): Promise<InboxReply> => {
      await desk.markRead(user, seqs, device, onDesk)
      return { ok: true }
    }),
  )
  socket.on('pull', (pull, reply) =>
    answer(inboxPullSchema, pull, reply, async ({ since: from, limit }): Promise<InboxPullReply> => {
      const page = boundedPage(await engine.inbox.after(user, from, limit))
      return { ok: true, ...presentBatch(from, page, instant) }
    }),
  )
  socket.emit('hello', {
    ...{ user, device, since, last_seq: lastSeq, reset },
    heartbeat_ms: INBOX_HEARTBEAT_MS,
    expires_at: instant(expiresAt),
  })
  // One look in any case: something may have come since the last seq was looked up.
  courier.wake(since + 1)
}
