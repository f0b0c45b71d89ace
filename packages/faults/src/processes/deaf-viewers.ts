/** Viewers of the wall that join everything and never read what they are sent. */
import type { MonitorClientEvents, MonitorServerEvents } from '@signalbox/contracts'
import { io, type Socket } from 'socket.io-client'

export interface DeafViewersOptions {
  url: string
  count: number
}

const { url, count } = JSON.parse(process.argv[2] ?? '{}') as DeafViewersOptions
process.once('disconnect', () => process.exit(0))
await Promise.all(Array.from({ length: count }, () => new Promise<void>((deaf) => join(deaf))))
process.send?.({ kind: 'ready' })

/** One that was cut for not reading comes back and does it again. */
function join(deaf: () => void): void {
  const socket: Socket<MonitorServerEvents, MonitorClientEvents> = io(`${url}/monitor`, {
    forceNew: true,
    transports: ['websocket'],
    reconnectionDelay: 100,
  })
  socket.on('connect', () => {
    socket.emit('join', 'stats', () => undefined)
    socket.emit('join', 'feed', () => {
      const transport = socket.io.engine.transport as unknown as { ws: { _socket?: { pause(): void } } }
      transport.ws._socket?.pause()
      deaf()
    })
  })
}
