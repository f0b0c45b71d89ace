/**
 * One kept-alive connection that knows just enough HTTP/1.1 to cost little: requests are bytes made once, and of a reply
 * only the status and the length are read. One request at a time.
 */
import { once } from 'node:events'
import { connect } from 'node:net'

export interface Connection {
  /** The status of the reply. Rejects when the connection ends before. */
  request(bytes: Buffer): Promise<number>
  close(): void
}

interface Waiter {
  resolve(status: number): void
  reject(error: Error): void
}

const END_OF_HEAD = '\r\n\r\n'

export async function openConnection(url: string): Promise<Connection> {
  const { hostname, port } = new URL(url)
  const socket = connect({ host: hostname, port: Number(port), noDelay: true })
  let received: Buffer = Buffer.alloc(0)
  let waiter: Waiter | null = null

  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
    const reply = readReply(received)
    if (!reply) return
    received = received.subarray(reply.length)
    const { resolve } = waiter ?? { resolve: () => undefined }
    waiter = null
    resolve(reply.status)
  })
  const fail = (error: Error) => {
    waiter?.reject(error)
    waiter = null
  }
  socket.on('error', fail)
  socket.on('close', () => fail(new Error('the server closed the connection before it replied')))
  await once(socket, 'connect')

  return {
    request(bytes) {
      if (waiter) throw new Error('expected a free connection, got one that waits for a reply')
      socket.write(bytes)
      return new Promise((resolve, reject) => (waiter = { resolve, reject }))
    },
    close: () => socket.destroy(),
  }
}

/** The first whole reply in the bytes, or null. */
function readReply(bytes: Buffer): { status: number; length: number } | null {
  const headEnd = bytes.indexOf(END_OF_HEAD)
  if (headEnd === -1) return null
  const head = bytes.toString('latin1', 0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`expected a reply with a content-length, got ${head}`)
  const total = headEnd + END_OF_HEAD.length + Number(length)
  // `HTTP/1.1 202 Accepted`
  return bytes.length < total ? null : { status: Number(head.slice(9, 12)), length: total }
}

export function postRequest(url: string, path: string, body: unknown): Buffer {
  const text = JSON.stringify(body)
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
  ]
  return Buffer.from(head.join('\r\n') + END_OF_HEAD + text)
}
