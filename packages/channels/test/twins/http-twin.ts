/**
 * A provider's server on loopback: takes requests, lets a script judge them, and fails as it is told. It shares no code with
 * the adapters.
 */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface TwinRequest {
  method: string
  /** Path and query, byte for byte. */
  url: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface TwinReply {
  status?: number
  headers?: Record<string, string>
  /** An object goes as JSON. */
  body?: unknown
}

/**
 * What the next request meets. `hang`, `reset` and `garbage` come after the provider has taken the message; a reply comes in
 * place of its own.
 */
export type TwinFault = 'hang' | 'reset' | 'garbage' | TwinReply

export interface Twin {
  /** `http://127.0.0.1:port` */
  url: string
  /** Every request, judged or not. */
  readonly requests: TwinRequest[]
  failNext(fault: TwinFault): void
  /** Answers late what was left hanging. */
  answerLate(): void
  /** Resolves when that many requests have been answered, or are being left without an answer. */
  handled(count: number): Promise<void>
  close(): Promise<void>
}

export async function startTwin(judge: (request: TwinRequest) => TwinReply | Promise<TwinReply>): Promise<Twin> {
  const requests: TwinRequest[] = []
  const faults: TwinFault[] = []
  const sockets = new Set<Socket>()
  const bell = new EventEmitter()
  const hanging: (() => void)[] = []
  let handled = 0

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    requests.push(request)
    const fault = faults.shift()
    if (typeof fault === 'object') {
      reply(response, fault)
    } else {
      const own = await judge(request)
      if (fault === 'reset') response.destroy()
      else if (fault === 'garbage') reply(response, { body: '<html>gateway says hello</html>' })
      else if (fault === 'hang') hanging.push(() => reply(response, own))
      else reply(response, own)
    }
    handled += 1
    bell.emit('handled')
  }

  const server = createServer((incoming, response) => {
    handle(incoming, response).catch((error: unknown) => {
      reply(response, { status: 599, body: String(error) })
      handled += 1
      bell.emit('handled')
    })
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    failNext: (fault) => faults.push(fault),
    answerLate() {
      for (const answer of hanging.splice(0)) answer()
    },
    async handled(count) {
      while (handled < count) await once(bell, 'handled')
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<TwinRequest> {
  const chunks: Uint8Array[] = []
  for await (const chunk of incoming as AsyncIterable<Uint8Array>) chunks.push(chunk)
  const url = new URL(incoming.url ?? '/', 'http://twin')
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '/',
    path: url.pathname,
    query: url.searchParams,
    headers: incoming.headers,
    body: Buffer.concat(chunks),
  }
}

function reply(response: ServerResponse, { status = 200, headers = {}, body = '' }: TwinReply): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'text/plain' : 'application/json; charset=utf-8'
  response.writeHead(status, { 'content-type': type, ...headers }).end(text)
}
