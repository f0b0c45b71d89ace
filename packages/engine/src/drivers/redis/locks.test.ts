import { describe, expect, it } from 'vitest'
import { exerciseLeasesByServer, exerciseLockStore, type OpenLockStore } from '../../../test/conformance/locks.ts'
import { newPrefix, openTestLink, ownRedis, redisShell, redisUrl, removeAll } from '../../../test/support/redis.ts'
import { until } from '../../../test/support/waiting.ts'
import { systemClock } from '../../clock.ts'
import { createLocks } from '../../lock/locks.ts'
import { openLink } from './link.ts'
import { createLockStore } from './locks.ts'

const opener = (clock: 'caller' | 'server') => async (): Promise<OpenLockStore> => {
  const [url, prefix] = [redisUrl(), newPrefix()]
  const open = () => openLink({ url, prefix, deadlineMs: 10_000 })
  let link = await open()
  return {
    store: createLockStore(link, { clock }),
    async reopen() {
      await link.close()
      link = await open()
      return createLockStore(link, { clock })
    },
    async close() {
      await link.close()
      await removeAll(url, prefix)
    },
  }
}
exerciseLockStore('redis', opener('caller'))
exerciseLeasesByServer('redis', opener('server'))

const LEASE_MS = 60_000

describe('locks in Redis', () => {
  it.each<[string, (url: string) => Promise<unknown>]>([
    ['has forgotten everything', (url) => redisShell(url, 'FLUSHALL')],
    ['has forgotten the scripts', (url) => redisShell(url, 'SCRIPT', 'FLUSH')],
  ])('give a higher fence when Redis %s', async (_how, forget) => {
    const { url } = await ownRedis()
    const store = createLockStore(await openTestLink({ url }))
    const first = await store.acquire('k', 'a', 1, 0)
    await forget(url)
    await until(async () => (await store.acquire('other', 'b', 1, 0)) !== null)
    let next = await store.acquire('k', 'b', LEASE_MS, 0)
    while (!next) next = await store.acquire('k', 'b', LEASE_MS, 0)
    expect(next.fence).toBeGreaterThan(first?.fence ?? Infinity)
    expect(Number.isSafeInteger(next.fence * 4)).toBe(true)
  })

  it('are lost, and their holder told, when Redis was killed and has forgotten them; the next has a higher fence', async () => {
    const server = await ownRedis()
    const link = await openTestLink({ url: server.url })
    const locks = createLocks({ store: createLockStore(link), clock: systemClock })
    const fences: number[] = []
    const lost = locks.using('k', { ttl: 1_500 }, async (signal, fence) => {
      fences.push(fence)
      await server.kill()
      await server.start()
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return signal.reason as unknown
    })
    expect(await lost).toMatchObject({ reason: 'conflict' })
    await until(() => link.isUp)
    await locks.using('k', { ttl: 1_500 }, async (_signal, fence) => void fences.push(fence))
    expect(fences[1]).toBeGreaterThan(fences[0] ?? Infinity)
  })

  it('are refused with an error while Redis is away', async () => {
    const server = await ownRedis()
    const link = await openTestLink({ url: server.url })
    await server.kill()
    await until(() => !link.isUp)
    const locks = createLocks({ store: createLockStore(link), clock: systemClock })
    await expect(locks.using('k', { ttl: 1_000 }, async () => {})).rejects.toThrow(Error)
  })
})
