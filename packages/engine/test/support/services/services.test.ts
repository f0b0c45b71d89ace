import { existsSync } from 'node:fs'
import { describe, expect, it, onTestFinished, type TestContext } from 'vitest'
import type { OwnServer } from './own-server.ts'
import { POSTGRES, query } from './postgres.ts'
import { SERVICES } from './provide.ts'
import { RABBITMQ } from './rabbitmq.ts'
import { REDIS } from './redis.ts'
import { advice, type Service } from './service.ts'

async function start(service: Service, { skip }: TestContext): Promise<OwnServer> {
  const server = await service.start()
  if (!server) return skip(`no ${service.name} installed: ${advice([service])}`)
  onTestFinished(() => server.remove())
  return server
}

describe.each(SERVICES)("a test's own $name", (service) => {
  it('answers until it is killed, again when it is started again, and leaves nothing behind', async (test) => {
    const server = await start(service, test)
    const { url, folder, pid } = server
    expect(await service.answers(url)).toBe(true)
    await server.kill()
    expect(() => process.kill(pid, 0)).toThrow('ESRCH')
    expect(await service.answers(url)).toBe(false)
    await server.start()
    expect(await service.answers(url)).toBe(true)
    await server.stop()
    expect(await service.answers(url)).toBe(false)
    await server.remove()
    expect(existsSync(folder)).toBe(false)
  })
})

describe("a test's own server", () => {
  it('keeps what PostgreSQL has committed through a kill', async (test) => {
    const { url, kill, start: startAgain } = await start(POSTGRES, test)
    await query(url, 'CREATE TABLE kept (n int)')
    await kill()
    await startAgain()
    expect(await query(url, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 0 }])
  })
})

describe('asking whether somebody answers', () => {
  it('is told no by a broker that does not know the user', async (test) => {
    const { url } = await start(RABBITMQ, test)
    expect(await RABBITMQ.answers(url.replace('guest:guest', 'guest:wrong'))).toBe(false)
  })

  it('is told no by whoever speaks another protocol', async (test) => {
    const { url, port } = await start(REDIS, test)
    expect(await REDIS.answers(url)).toBe(true)
    expect(await RABBITMQ.answers(`amqp://guest:guest@127.0.0.1:${port}`)).toBe(false)
    expect(await POSTGRES.answers(`postgres://127.0.0.1:${port}/postgres`)).toBe(false)
  })
})
