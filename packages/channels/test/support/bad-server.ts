/** A real TCP server that answers HTTP as badly as it is told. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

export interface BadServer {
  url: URL
  /** Bytes received, per connection. */
  readonly received: string[]
  close(): Promise<void>
}

/** `answer` runs once per request whose header and body have arrived. */
export function startBadServer(
  answer: (socket: Socket, request: string) => void,
  tls?: TlsOptions,
): Promise<BadServer> {
  const received: string[] = []
  const sockets = new Set<Socket>()
  const serve = (socket: Socket) => {
    sockets.add(socket)
    const at = received.push('') - 1
    let begin = 0
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    socket.on('data', (chunk: Uint8Array) => {
      received[at] += Buffer.from(chunk).toString('utf8')
      const request = (received[at] ?? '').slice(begin)
      if (!isWhole(request)) return
      begin += request.length
      answer(socket, request)
    })
  }
  return listen(tls ? createTlsServer(tls, serve) : createServer(serve), sockets, received, tls ? 'https' : 'http')
}

async function listen(server: Server, sockets: Set<Socket>, received: string[], scheme: string): Promise<BadServer> {
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/path`),
    received,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

function isWhole(request: string): boolean {
  const end = request.indexOf('\r\n\r\n')
  if (end < 0) return false
  const length = Number(/^content-length: (\d+)/im.exec(request)?.[1] ?? 0)
  return Buffer.byteLength(request.slice(end + 4)) >= length
}

export function http(status: string, headers: Record<string, string>, body: string): string {
  const lines = Object.entries({ 'content-length': String(Buffer.byteLength(body)), ...headers })
  return `HTTP/1.1 ${status}\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
}
