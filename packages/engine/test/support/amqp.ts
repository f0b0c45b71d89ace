/** What tests need of a RabbitMQ besides a broker on it: the broker's own view, and what it seldom says. */
import { randomUUID } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { connect as connectAmqp, type Channel } from 'amqplib'
import { onTestFinished } from 'vitest'
import { KINDS, queueOf, unreadableOf } from '../../src/drivers/rabbitmq/topology.ts'
import { RABBITMQ, testUrl } from './services/index.ts'

/** Everything made at the broker begins with it, and is removed after the test. */
export function prefixOfTest(): string {
  const prefix = `test_${randomUUID().slice(0, 8)}`
  onTestFinished(() => removeFromBroker(prefix))
  return prefix
}

export async function removeFromBroker(prefix: string): Promise<void> {
  await look(async (channel) => {
    for (const kind of KINDS) await channel.deleteQueue(queueOf(prefix, kind))
    await channel.deleteQueue(unreadableOf(prefix))
    await channel.deleteExchange(prefix)
    await channel.deleteExchange(unreadableOf(prefix))
  })
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

/** Passes all that is said, and says itself what a broker says that runs out of memory, or has some again (null). */
export async function blockingProxy(): Promise<{ url: string; sayBlocked(reason: string | null): void }> {
  const { url, clients } = await proxyWith((data) => data)
  return {
    url,
    sayBlocked(reason) {
      for (const client of clients) client.write(blockedFrame(reason))
    },
  }
}

/** The broker as if it were of version 2. */
export async function oldBroker(): Promise<string> {
  const { url } = await proxyWith((data) =>
    Buffer.from(data.toString('latin1').replace(/(versionS....)\d/, '$12'), 'latin1'),
  )
  return url
}

async function proxyWith(change: (data: Buffer) => Buffer): Promise<{ url: string; clients: ReadonlySet<Socket> }> {
  const upstream = new URL(testUrl(RABBITMQ))
  const clients = new Set<Socket>()
  const server = createServer((client) => {
    const onward = connect(Number(upstream.port || 5672), upstream.hostname)
    clients.add(client)
    for (const socket of [client, onward]) socket.on('error', () => socket.destroy())
    client.pipe(onward)
    onward.on('data', (data: Buffer) => client.write(change(data)))
    onward.on('close', () => client.end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const client of clients) client.destroy()
    server.close()
  })
  const address = server.address()
  const url = new URL(upstream)
  url.port = String(typeof address === 'object' && address ? address.port : 0)
  return { url: url.href, clients }
}

/** AMQP 0-9-1, RabbitMQ's connection.blocked and connection.unblocked. */
function blockedFrame(reason: string | null): Buffer {
  const text = Buffer.from(reason ?? '')
  const method = Buffer.from([0, 10, 0, reason === null ? 61 : 60, ...(reason === null ? [] : [text.length])])
  const payload = Buffer.concat([method, text])
  const head = Buffer.from([1, 0, 0, 0, 0, 0, payload.length])
  return Buffer.concat([head, payload, Buffer.from([0xce])])
}
