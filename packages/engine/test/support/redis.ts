/** The Redis of a test, under a prefix of its own that is removed with what stands there. */
import { createClient } from '@redis/client'
import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { openLink, type LinkOptions, type RedisLink } from '../../src/drivers/redis/link.ts'
import { testUrl } from './services/index.ts'
import { REDIS } from './services/redis.ts'
import type { OwnServer } from './services/index.ts'

export const redisUrl = (): string => testUrl(REDIS)
export const newPrefix = (): string => `test-${randomBytes(8).toString('hex')}`

/** One to kill. */
export async function ownRedis(): Promise<OwnServer> {
  const server = await REDIS.start()
  if (!server) throw new Error('expected an installed redis-server, got none')
  onTestFinished(() => server.remove())
  return server
}

/** What an administrator types. */
export async function redisShell<T>(url: string, ...args: string[]): Promise<T> {
  const client = createClient({ url })
  await client.connect()
  try {
    return await client.sendCommand<T>(args)
  } finally {
    client.destroy()
  }
}

export async function removeAll(url: string, prefix: string): Promise<void> {
  const client = createClient({ url })
  await client.connect()
  for await (const keys of client.scanIterator({ MATCH: `${prefix}:*`, COUNT: 1000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  client.destroy()
}

/** A link of one test. On a busy machine an answer may take its time: what is not about deadlines gets a long one. */
export async function openTestLink(options: Partial<LinkOptions> = {}): Promise<RedisLink> {
  const whole = { url: redisUrl(), prefix: newPrefix(), deadlineMs: 10_000, ...options }
  const link = await openLink(whole)
  onTestFinished(async () => {
    await link.close()
    // Who gave the prefix may have others there.
    if (options.prefix === undefined && whole.url === redisUrl()) await removeAll(whole.url, whole.prefix)
  })
  return link
}
