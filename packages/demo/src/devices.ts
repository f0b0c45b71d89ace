/**
 * Devices of the demo's app users, over the same socket.io as real ones: they take messages, their users read some of them
 * after a while, and now and then they are away.
 */
import { INBOX_NAMESPACE, INBOX_PATH, type InboxClientEvents, type InboxServerEvents } from '@signalbox/contracts'
import { io, type Socket } from 'socket.io-client'
import type { Dice } from './dice.ts'
import { pause } from './traffic/pause.ts'

export interface DevicesOptions {
  url: string
  users: readonly string[]
  dice: Dice
  signal: AbortSignal
}

type Device = Socket<InboxServerEvents, InboxClientEvents>

const SECOND_DEVICE_SHARE = 0.2
/** Of the messages that a device takes. */
const READ_SHARE = 0.45
const READ_AFTER_MS = [1_000, 15_000] as const
const HERE_MS = [60_000, 600_000] as const
const AWAY_MS = [10_000, 90_000] as const
const TRY_AGAIN_MS = 5_000

/** Runs until the signal aborts. */
export async function runDevices({ users, dice, ...options }: DevicesOptions): Promise<void> {
  const names = users.flatMap((user) => {
    const phone = { user, device: 'phone' }
    return dice.roll() < SECOND_DEVICE_SHARE ? [phone, { user, device: 'tablet' }] : [phone]
  })
  await Promise.all(names.map((name) => runDevice({ ...name, dice, ...options })))
}

async function runDevice({
  url,
  user,
  device,
  dice,
  signal,
}: Omit<DevicesOptions, 'users'> & { user: string; device: string }): Promise<void> {
  let last = 0
  const socket: Device = io(`${url}${INBOX_NAMESPACE}`, {
    ...{ path: INBOX_PATH, forceNew: true, autoConnect: false, transports: ['websocket'] },
    auth: (give) =>
      void tokenOf(url, user).then(
        (token) => give({ token, device, since: last }),
        () => give({}),
      ),
  })
  socket.on('hello', ({ since }) => (last = since))
  socket.on('entries', ({ up_to, entries }, ack) => {
    last = up_to
    ack()
    const seqs = entries.filter(({ read }) => !read && dice.roll() < READ_SHARE).map(({ seq }) => seq)
    if (seqs.length > 0) void readLater(seqs)
  })
  socket.on('connect_error', () => {
    if (!socket.active) void pause(TRY_AGAIN_MS, signal).then(() => !signal.aborted && socket.connect())
  })

  async function readLater(seqs: number[]): Promise<void> {
    await pause(dice.between(...READ_AFTER_MS), signal)
    if (socket.connected) socket.emit('read', { seqs }, () => undefined)
  }

  while (!signal.aborted) {
    socket.connect()
    await pause(dice.between(...HERE_MS), signal)
    socket.disconnect()
    await pause(dice.between(...AWAY_MS), signal)
  }
}

/** What the server of an application would do for its own user. */
async function tokenOf(url: string, user: string): Promise<string> {
  const response = await fetch(new URL('/api/inbox/tokens', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
  })
  const { data } = (await response.json()) as { data: { token: string } }
  return data.token
}
