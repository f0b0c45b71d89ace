import { describe, expect, it } from 'vitest'
import { openTestLink, ownRedis, redisShell } from '../../../test/support/redis.ts'
import { until } from '../../../test/support/waiting.ts'
import type { LinkState } from '../../driver.ts'
import { problemOf, versionIn } from './connect.ts'
import { openLink } from './link.ts'
import { script } from './script.ts'

const giveBack = script('give-back')

describe('the link to Redis', () => {
  it('opens though nobody is there, and tells of each coming and going', async () => {
    const server = await ownRedis()
    await server.kill()
    const told: LinkState[] = []
    const link = await openTestLink({ url: server.url, onLink: (state) => void told.push(state) })
    expect(link.isUp).toBe(false)
    await expect(link.run(giveBack, ['x'], [1, 1])).rejects.toThrow(Error)
    await server.start()
    await until(() => link.isUp)
    await server.kill()
    await until(() => !link.isUp)
    const states = told.map(({ up }) => up).filter((up, i, all) => up !== all[i - 1])
    expect(states).toEqual([false, true, false])
    expect(told.every(({ name, up, problem }) => name === 'Redis' && up === (problem === null))).toBe(true)
  })

  it('has nothing of the password in what it says', async () => {
    const server = await ownRedis()
    const told: string[] = []
    const url = server.url.replace('//', '//someone:s3cret@')
    await openTestLink({ url, onLink: ({ problem }) => void told.push(String(problem)) })
    expect(told.at(-1)).toContain('WRONGPASS')
    for (const wrong of ['redis://someone:s3cret@host:port', 'http://someone:s3cret@host', 's3cret']) {
      told.push(String(await openLink({ url: wrong, prefix: 'x' }).catch((error: unknown) => error)))
    }
    expect(told.join()).not.toContain('s3cret')
    expect(told.at(-1)).toContain('expected the address of Redis to be redis[s]://')
  })

  it('is down while Redis takes no writes, and up again when it does', async () => {
    const server = await ownRedis()
    const link = await openTestLink({ url: server.url })
    await redisShell(server.url, 'CONFIG', 'SET', 'maxmemory', '1')
    await until(() => !link.isUp)
    await redisShell(server.url, 'CONFIG', 'SET', 'maxmemory', '0')
    await until(() => link.isUp)
    expect(link.comebacks).toBe(2)
  })

  it('is not taken for slow when this process was busy', async () => {
    const link = await openTestLink({ deadlineMs: 50 })
    await until(() => link.isUp)
    for (let i = 0; i < 5; i++) {
      const answer = link.run(giveBack, [`${link.prefix}:x`], ['node', 1])
      // It is sent when this turn is over, and answered while the next is busy.
      setImmediate(() => {
        for (const end = performance.now() + 100; performance.now() < end;);
      })
      expect(await answer).toBe(0)
    }
    expect(link.comebacks).toBe(1)
  })

  it.each([
    ['6.2.6', 'expected Redis 7.0 or newer, got 6.2.6'],
    ['7.0.0', null],
    ['10.1', null],
    ['unknown', 'expected Redis 7.0 or newer, got unknown'],
  ])('asks for a server that has what it uses: %s', (version, problem) => {
    expect(problemOf(versionIn(`# Server\r\nredis_version:${version}\r\nredis_git_sha1:0\r\n`))).toBe(problem)
  })

  it('closes twice, and while it is down', async () => {
    const server = await ownRedis()
    const link = await openTestLink({ url: server.url })
    await server.kill()
    await link.close()
    await expect(link.close()).resolves.toBeUndefined()
  })
})
