/** What stands between providers and us, as a reverse proxy does: it may lead nowhere, and lose our answer. */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FrontDoor {
  /** The origin that providers call. */
  url: string
  /** How the next calls fare. `away`: nobody is there; `answer_lost`: it is taken, and the caller never hears of it. */
  next(...how: ('away' | 'answer_lost')[]): void
  /** Resolves when so many calls have been answered inside. */
  answered(count: number): Promise<void>
  close(): Promise<void>
}

export async function openFrontDoor(inside: string): Promise<FrontDoor> {
  const plans: ('away' | 'answer_lost')[] = []
  const bell = new EventEmitter()
  let answered = 0

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const plan = plans.shift()
    if (plan === 'away') return void request.socket.resetAndDestroy()
    const chunks: Uint8Array[] = []
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk)
    const { host: _, connection: __, ...headers } = request.headers
    const reply = await fetch(inside + (request.url ?? '/'), {
      ...{ method: request.method ?? 'GET', headers: headers as Record<string, string>, body: Buffer.concat(chunks) },
    })
    const text = await reply.text()
    answered += 1
    bell.emit('answered')
    if (plan === 'answer_lost') return
    response.writeHead(reply.status, { 'content-type': reply.headers.get('content-type') ?? 'text/plain' }).end(text)
  }

  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    next: (...how) => plans.push(...how),
    async answered(count) {
      while (answered < count) await once(bell, 'answered')
    },
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
