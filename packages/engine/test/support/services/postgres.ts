import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'
import { ownerNamed, ownServer, temporaryFolderOf, type Owner, type OwnServer } from './own-server.ts'
import type { Service } from './service.ts'

const SOCKETS = ['/var/run/postgresql', '/tmp']
const MAY_MAKE_SCHEMAS = "SELECT has_database_privilege(current_database(), 'CREATE') AS may"

export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  // A server that ends while it answers: the query rejects, and that is enough.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

export const POSTGRES: Service = {
  name: 'PostgreSQL',
  variable: 'DATABASE_URL',
  package: 'postgresql',
  usual() {
    const { username } = userInfo()
    return SOCKETS.flatMap((host) => [
      `postgres://${username}@/test?host=${host}`,
      `postgres://${username}@/${username}?host=${host}`,
      `postgres://postgres@/postgres?host=${host}`,
    ])
  },
  async answers(url) {
    const rows = await query(url, MAY_MAKE_SCHEMAS).catch(() => [])
    return rows[0]?.['may'] === true
  },
  isInstalled: () => installed() !== null,
  async start() {
    const binaries = installed()
    if (!binaries) return null
    const owner = ownerNamed('postgres')
    const folder = temporaryFolderOf(owner, 'postgres')
    const initdb = join(binaries, 'initdb')
    execFileSync(initdb, ['-D', join(folder, 'data'), '-U', 'signalbox', '-A', 'trust', '-E', 'UTF8', '--locale=C'], {
      ...owner,
      cwd: folder,
      stdio: 'ignore',
    })
    return serverOn(binaries, folder, owner)
  },
}

/** A copy of a server that follows it, until it is promoted (`pg_promote`). */
export async function standbyOf({ port }: OwnServer): Promise<OwnServer> {
  const binaries = installed()
  if (!binaries) throw new Error('expected PostgreSQL to be installed, got none')
  const owner = ownerNamed('postgres')
  const folder = temporaryFolderOf(owner, 'standby')
  const from = ['-h', '127.0.0.1', '-p', String(port), '-U', 'signalbox']
  execFileSync(
    join(binaries, 'pg_basebackup'),
    [...from, '-D', join(folder, 'data'), '-R', '-X', 'stream', '-c', 'fast'],
    { ...owner, cwd: folder, stdio: 'ignore' },
  )
  return serverOn(binaries, folder, owner)
}

async function serverOn(binaries: string, folder: string, owner: Owner): Promise<OwnServer> {
  const port = await freePort()
  const url = `postgres://signalbox@127.0.0.1:${port}/postgres`
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=300']
  return ownServer({
    ...{ url, port, folder, owner },
    command: join(binaries, 'postgres'),
    args: ['-D', join(folder, 'data'), '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
    // A fast shutdown: whoever is still connected is cut off.
    signal: 'SIGINT',
    answers: () => POSTGRES.answers(url),
  })
}

/** The newest of Debian's, or what is in the path. */
function installed(): string | null {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
}
