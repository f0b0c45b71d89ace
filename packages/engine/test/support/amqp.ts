/** What tests need of a RabbitMQ besides a broker on it: a proxy that fails as networks do, and the broker's own view. */
import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectAmqp, type Channel } from 'amqplib'
import { onTestFinished } from 'vitest'
import { KINDS, queueOf, unreadableOf } from '../../src/drivers/rabbitmq/topology.ts'
import { RABBITMQ, testUrl } from './services/index.ts'

/** Everything made at the broker begins with it, and is removed after the test. */
export function prefixOfTest(): string {
  const prefix = `test_${randomUUID().slice(0, 8)}`
  onTestFinished(async () => {
    await look(async (channel) => {
      for (const kind of KINDS) await channel.deleteQueue(queueOf(prefix, kind))
      await channel.deleteQueue(unreadableOf(prefix))
      await channel.deleteExchange(prefix)
      await channel.deleteExchange(unreadableOf(prefix))
    })
  })
  return prefix
}

/** Asks the broker itself, or does something behind our back. */
export async function look<T>(ask: (channel: Channel) => Promise<T>, url = testUrl(RABBITMQ)): Promise<T> {
  const model = await connectAmqp(url)
  model.on('error', () => undefined)
  try {
    const channel = await model.createChannel()
    channel.on('error', () => undefined)
    return await ask(channel)
  } finally {
    await model.close()
  }
}

export interface AmqpProxy {
  readonly url: string
  /** Every connection is reset. */
  reset(): void
  /** Nothing that the broker says arrives any more, on the connections that there are. */
  deafen(): void
  /** Says to the client what the broker says when it runs out of memory (AMQP 0-9-1, connection.blocked), or that it is over. */
  sayBlocked(reason: string | null): void
  close(): void
  open(): void
}

export async function amqpProxy(): Promise<AmqpProxy> {
  const upstream = new URL(testUrl(RABBITMQ))
  const pairs = new Set<{ client: Socket; onward: Socket; deaf: boolean }>()
  let isOpen = true
  function reset(): void {
    for (const { client, onward } of pairs) {
      client.resetAndDestroy()
      onward.destroy()
    }
    pairs.clear()
  }
  const server = createServer((client) => {
    if (!isOpen) return void client.destroy()
    const onward = connect(Number(upstream.port || 5672), upstream.hostname)
    const pair = { client, onward, deaf: false }
    pairs.add(pair)
    for (const socket of [client, onward]) socket.on('error', () => socket.destroy())
    client.on('close', () => onward.destroy())
    onward.on('close', () => client.destroy())
    client.on('data', (data) => onward.write(data))
    onward.on('data', (data) => void (pair.deaf || client.write(data)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    reset()
    server.close()
  })
  const address = server.address()
  const url = new URL(upstream)
  url.hostname = '127.0.0.1'
  url.port = String(typeof address === 'object' && address ? address.port : 0)
  return {
    url: url.href,
    reset,
    deafen() {
      for (const pair of pairs) pair.deaf = true
    },
    sayBlocked(reason) {
      for (const { client } of pairs) client.write(blockedFrame(reason))
    },
    close() {
      isOpen = false
      reset()
    },
    open() {
      isOpen = true
    },
  }
}

function blockedFrame(reason: string | null): Buffer {
  const text = Buffer.from(reason ?? '')
  const method = Buffer.from([0, 10, 0, reason === null ? 61 : 60, ...(reason === null ? [] : [text.length])])
  const payload = Buffer.concat([method, text])
  const head = Buffer.from([1, 0, 0, 0, 0, 0, payload.length])
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}
