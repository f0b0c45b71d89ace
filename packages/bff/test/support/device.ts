import {
  INBOX_PATH,
  type InboxBatch,
  type InboxClientEvents,
  type InboxEntry,
  type InboxHello,
  type InboxReply,
  type InboxServerEvents,
} from '@signalbox/contracts'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { onTestFinished } from 'vitest'

export type DeviceSocket = Socket<InboxServerEvents, InboxClientEvents>

export interface TestDevice {
  readonly socket: DeviceSocket
  /** Every entry that it showed, in order; with a second one of the same seq it was shown twice. */
  readonly shown: InboxEntry[]
  /** The last seq that it has. */
  readonly last: number
  readonly hellos: InboxHello[]
  readonly reads: number[][]
  /** Batches that began after what it has: something is missing. */
  readonly gaps: InboxBatch[]
  /** Resolves when that holds; looked at after each thing that happens to the device. */
  until(holds: (device: TestDevice) => boolean): Promise<void>
  say<E extends keyof InboxClientEvents>(event: E, payload: unknown): Promise<InboxReply & Partial<InboxBatch>>
}

export interface DeviceOptions {
  token: string
  device?: string
  since?: number
  /** False: it takes batches and never says so. */
  acknowledges?: boolean
  socket?: Partial<ManagerOptions & SocketOptions>
}

/** A device as the documentation describes one; it keeps the last seq over connections. Disconnected when the test ends. */
export function openDevice(url: string, { token, device, since = 0, acknowledges = true, socket }: DeviceOptions) {
  const client: DeviceSocket = io(`${url}/inbox`, {
    ...{ path: INBOX_PATH, forceNew: true, reconnection: false, transports: ['websocket'] },
    auth: (give) => give({ token, since: state.last, ...(device === undefined ? {} : { device }) }),
    ...socket,
  })
  const listeners = new Set<() => void>()
  const state = {
    socket: client,
    shown: [] as InboxEntry[],
    last: since,
    hellos: [] as InboxHello[],
    reads: [] as number[][],
    gaps: [] as InboxBatch[],
    until: (holds: (device: TestDevice) => boolean) =>
      new Promise<void>((resolve) => {
        const look = (): void => {
          if (!holds(state)) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        look()
      }),
    say: (event: keyof InboxClientEvents, payload: unknown) =>
      new Promise<never>((resolve) => client.emit(event, payload as never, resolve as never)),
  }
  const happened = (): void => {
    for (const look of listeners) look()
  }
  client.on('hello', (hello) => {
    state.hellos.push(hello)
    if (hello.reset) state.last = 0
    happened()
  })
  client.on('entries', (batch, ack) => {
    if (batch.since > state.last) state.gaps.push(batch)
    else {
      state.shown.push(...batch.entries.filter(({ seq }) => seq > state.last))
      state.last = Math.max(state.last, batch.up_to)
    }
    if (acknowledges) ack()
    happened()
  })
  client.on('read', ({ seqs }) => {
    state.reads.push(seqs)
    happened()
  })
  for (const event of ['connect', 'disconnect', 'connect_error'] as const) client.on(event, happened)
  onTestFinished(() => void client.disconnect())
  return state as TestDevice
}

/** Resolves when connected, rejects with the reason when refused. */
export function entered({ socket, hellos }: TestDevice): Promise<void> {
  return new Promise((resolve, reject) => {
    if (socket.connected && hellos.length > 0) return resolve()
    socket.once('hello', () => resolve())
    socket.once('connect_error', reject)
  })
}

/** Resolves with the reason when the connection ends. */
export function cut({ socket }: TestDevice): Promise<string> {
  return new Promise((resolve) => socket.once('disconnect', resolve))
}
