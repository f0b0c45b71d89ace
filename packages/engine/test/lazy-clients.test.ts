import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from './support/engine.ts'

const url = (path: string) => JSON.stringify(new URL(path, import.meta.url).href)

/** Whether a process has loaded PostgreSQL's client once it has done that. The client is CommonJS: what is loaded stands in its cache. */
function loadsPg(done: string): boolean {
  const script = `import { createRequire } from 'node:module'
    ${done}
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(loaded.some((file) => /[\\\\/](pg|amqplib|@redis[\\\\/]client)[\\\\/](lib|dist)[\\\\/]|[\\\\/]amqplib[\\\\/]/.test(file)))`
  const args = ['-e', script]
  const cwd = fileURLToPath(new URL('..', import.meta.url))
  return execFileSync(process.execPath, args, { encoding: 'utf8', cwd }).trim() === 'true'
}

describe('clients of databases', () => {
  it('are not loaded by who runs an engine on another', () => {
    const folder = JSON.stringify(temporaryFolder())
    const done = `
      const { createEngine } = await import(${url('../src/index.ts')})
      const { embedded } = await import(${url('../src/drivers/embedded.ts')})
      const { postgres } = await import(${url('../src/drivers/postgres.ts')})
      postgres({ url: 'postgres://127.0.0.1:1/none' })
      const { distributed } = await import(${url('../src/drivers/distributed.ts')})
      distributed({ databaseUrl: 'postgres://127.0.0.1:1/none', amqpUrl: 'amqp://127.0.0.1:1', redisUrl: 'redis://127.0.0.1:1' })
      const engine = await createEngine({ driver: embedded({ folder: ${folder} }), adapters: [] })
      await engine.start()
      await engine.stop()`
    expect(loadsPg(done)).toBe(false)
  })

  it('are loaded by who opens it', () => {
    const done = `
      const { postgres } = await import(${url('../src/drivers/postgres.ts')})
      await postgres({ url: 'postgres://127.0.0.1:1/none' }).open({ onCommitUnknown() {} }).catch(() => undefined)`
    expect(loadsPg(done)).toBe(true)
  })
})
