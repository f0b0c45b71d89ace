import { Redis } from 'ioredis'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { removeFolder, temporaryFolder } from '../../temporary-folder.ts'
import type { Service } from './service.ts'

const READY_WITHIN_MS = 10_000
const ASK_EVERY_MS = 50

/** An own redis-server that appends every write to its file and syncs it once a second, as Redis advises for queues. */
export async function startRedis(): Promise<Service> {
  const folder = temporaryFolder()
  const port = await freePort()
  const settings = ['--port', port, '--bind', '127.0.0.1', '--dir', folder, '--save', '']
  const durability = ['--appendonly', 'yes', '--appendfsync', 'everysec']
  const server = spawn('redis-server', [...settings, ...durability].map(String), { stdio: 'ignore' })
  const failed = once(server, 'exit').then(([code]) => {
    throw new Error(`expected redis-server to run, got its end with code ${String(code)}`)
  })
  const kill = () => server.kill('SIGKILL')
  process.once('exit', kill)
  failed.catch(() => undefined)
  await Promise.race([once(server, 'spawn'), failed])

  const address = `redis://127.0.0.1:${port}`
  const version = await Promise.race([askVersion(address), failed])
  return {
    address,
    version: `Redis ${version}`,
    async stop() {
      process.off('exit', kill)
      const ended = once(server, 'exit')
      kill()
      await ended
      removeFolder(folder)
    },
  }
}

async function askVersion(address: string): Promise<string> {
  const client = new Redis(address, { lazyConnect: true, retryStrategy: () => ASK_EVERY_MS })
  client.on('error', () => undefined)
  const info = await Promise.race([client.info('server'), setTimeout(READY_WITHIN_MS, null, { ref: false })])
  client.disconnect()
  if (info === null) throw new Error(`expected redis-server to answer within ${READY_WITHIN_MS} ms, got nothing`)
  return /redis_version:(\S+)/.exec(info)?.[1] ?? 'of unknown version'
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
