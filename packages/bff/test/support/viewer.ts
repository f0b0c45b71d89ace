import type { MonitorClientEvents, MonitorServerEvents, SocketReply } from '@signalbox/contracts'
import type { Socket as Wire } from 'node:net'
import { io, type ManagerOptions, type Socket, type SocketOptions } from 'socket.io-client'
import { onTestFinished } from 'vitest'

export type ViewerSocket = Socket<MonitorServerEvents, MonitorClientEvents>

/** A viewer as the dashboard is one; disconnected when the test ends. */
export function openViewer(
  url: string,
  options: Partial<ManagerOptions & SocketOptions> = {},
  namespace = '/monitor',
): ViewerSocket {
  const socket: ViewerSocket = io(`${url}${namespace}`, { forceNew: true, reconnection: false, ...options })
  onTestFinished(() => void socket.disconnect())
  return socket
}

/** Resolves when connected, rejects with the reason when refused. */
export function connected(socket: ViewerSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('connect_error', reject)
  })
}

export function heard<E extends keyof MonitorServerEvents>(
  socket: ViewerSocket,
  event: E,
  fits: (payload: Parameters<MonitorServerEvents[E]>[0]) => boolean = () => true,
): Promise<Parameters<MonitorServerEvents[E]>[0]> {
  return new Promise((resolve) => {
    const listener = (payload: Parameters<MonitorServerEvents[E]>[0]): void => {
      if (!fits(payload)) return
      socket.off(event, listener as never)
      resolve(payload)
    }
    socket.on(event, listener as never)
  })
}

/** Asks with any payload and gives the acknowledgement. */
export function ask(socket: ViewerSocket, event: keyof MonitorClientEvents, payload: unknown): Promise<SocketReply> {
  return new Promise((resolve) => socket.emit(event, payload as never, resolve))
}

/** The connection under a client's socket. WebSocket only. */
export function wireOf({ io }: Pick<ViewerSocket, 'io'>): Wire {
  const transport = io.engine.transport as unknown as { ws: { _socket: Wire } }
  return transport.ws._socket
}

/** Bytes that came over the wire, packed as they were. */
export const bytesRead = (socket: ViewerSocket): number => wireOf(socket).bytesRead
