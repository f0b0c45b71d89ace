import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from './free-port.ts'
import { ownServer, temporaryFolderOf } from './own-server.ts'
import { probe } from './probe.ts'
import type { Service } from './service.ts'

const PROGRAMS = ['redis-server', 'valkey-server']

export const REDIS: Service = {
  name: 'Redis',
  variable: 'REDIS_URL',
  package: 'redis-server',
  usual: () => ['redis://127.0.0.1:6379'],
  answers,
  isInstalled: () => installed() !== null,
  async start() {
    const command = installed()
    if (!command) return null
    const folder = temporaryFolderOf({}, 'redis')
    const port = await freePort()
    const url = `redis://127.0.0.1:${port}`
    return ownServer({
      ...{ url, port, folder, command },
      owner: {},
      // Nothing is kept: whoever kills it takes everything with it.
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
      signal: 'SIGTERM',
      answers: () => answers(url),
    })
  },
}

function installed(): string | null {
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(':')]
  const paths = folders.flatMap((folder) => PROGRAMS.map((program) => join(folder, program)))
  return paths.find((path) => existsSync(path)) ?? null
}

/** PING, after the password where there is one. */
function answers(given: string): Promise<boolean> {
  const url = new URL(given)
  const login = url.password ? [`AUTH ${url.username || 'default'} ${decodeURIComponent(url.password)}`] : []
  const place = { port: Number(url.port || 6379), hostname: url.hostname }
  return probe(place, [...login, 'PING', ''].join('\r\n'), (heard) => {
    if (heard.includes('-')) return false
    return heard.includes('+PONG') || null
  })
}
