/** Where the receipt of the one message may come from: the callback address, a mailbox, or the adapter itself. */
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AdapterContext, AnyAdapter, ReceiptEvent, ReportedReceipt } from '../src/adapter.ts'

export interface Receipts {
  /** From which our own adapters may tell as well. */
  tell(receipt: ReportedReceipt | ReceiptEvent): void
  /** Where providers are to call, when it listens. */
  address: string | null
  /** The first that ends the message, or null when none comes in time. */
  next(ms: number): Promise<ReportedReceipt | ReceiptEvent | null>
  close(): Promise<void>
}

export interface ReceiptsOptions {
  adapter: AnyAdapter
  settings: unknown
  context: AdapterContext
  /** Null: does not listen. */
  port: number | null
  isOurs(receipt: ReportedReceipt | ReceiptEvent): boolean
  print(line: string): void
}

const LOOK_EVERY_MS = 1_000
const BODY_AT_MOST_BYTES = 256 * 1024

export async function openReceipts(options: ReceiptsOptions): Promise<Receipts> {
  const { adapter, settings, context, port, isOurs, print } = options
  const bell = new EventEmitter()
  const ends: (ReportedReceipt | ReceiptEvent)[] = []

  function tell(receipt: ReportedReceipt | ReceiptEvent): void {
    const { state, code, detail } = receipt
    print(`receipt: ${[state, code, detail].filter((part) => part !== undefined).join(', ')}`)
    if (!isOurs(receipt)) return print('receipt: of another message')
    if (state === 'delayed') return
    ends.push(receipt)
    bell.emit('end')
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request)
    const path = new URL(request.url ?? '/', 'http://callback').pathname
    const token = path.split('/')[3]
    const { auth, events, reply } = (await adapter.parseReceipt?.(
      {
        ...{ method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers, body },
        ...(token === undefined ? {} : { token }),
      },
      settings,
      context,
    )) ?? { auth: 'rejected', events: [], reply: { status: 404, type: 'text/plain', body: '' } }
    print(`callback: ${request.method} ${auth}, answered ${reply.status}`)
    for (const event of events) tell(event)
    response.writeHead(reply.status, { 'content-type': reply.type }).end(reply.body)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  if (port !== null) {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  const look = async () => {
    await adapter.collect?.(settings, context, async (receipts) => {
      for (const receipt of receipts) tell(receipt)
    })
  }
  let looking = Promise.resolve()
  const looks = setInterval(() => {
    looking = looking.then(look).catch((error: unknown) => print(`mailbox: ${String(error)}`))
  }, LOOK_EVERY_MS)
  return {
    tell,
    address: port === null ? null : `http://127.0.0.1:${(server.address() as AddressInfo).port}/callbacks/1`,
    async next(ms) {
      if (ends.length === 0 && ms > 0) {
        await once(bell, 'end', { signal: AbortSignal.timeout(ms) }).catch(() => undefined)
      }
      return ends.shift() ?? null
    },
    async close() {
      clearInterval(looks)
      await looking
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length
    if (length > BODY_AT_MOST_BYTES) throw new Error('the body is too long')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
