/**
 * The PostgreSQL of the tests: the one of `DATABASE_URL`, one that listens here already, or one started from installed packages
 * on a port and a folder of its own. Each test works in a schema of its own and drops it.
 */
import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** Set by the set-up of the whole run, and inherited by whoever it starts. */
const VARIABLE = 'TEST_DATABASE_URL'
const SOCKETS = ['/var/run/postgresql', '/tmp']
const HOW = 'set DATABASE_URL to a PostgreSQL 15 that may be written to, or install the package postgresql'

export function testDatabaseUrl(): string {
  const url = process.env[VARIABLE]
  if (url === undefined) throw new Error(`expected a PostgreSQL for the tests, got none: ${HOW}`)
  return url
}

export const noDatabase = (): string | null => (process.env[VARIABLE] === undefined ? HOW : null)

export async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(text)).rows
  } finally {
    await client.end()
  }
}

export async function dropSchema(schema: string): Promise<void> {
  await query(testDatabaseUrl(), `SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
}

/** For a run of tests: finds a server or starts one, and tells how to end it. Null when there is none to be had. */
export async function provideServer(): Promise<(() => Promise<void>) | null> {
  const here = await listening()
  if (here) {
    process.env[VARIABLE] = here
    return () => Promise.resolve()
  }
  const binaries = installed()
  if (!binaries) return null
  const started = await start(binaries)
  process.env[VARIABLE] = started.url
  return started.stop
}

/** The first that answers and takes writes. */
async function listening(): Promise<string | null> {
  const given = process.env['DATABASE_URL']
  const { username } = userInfo()
  const candidates = given
    ? [given]
    : SOCKETS.flatMap((host) => [
        `postgres://${username}@/test?host=${host}`,
        `postgres://${username}@/${username}?host=${host}`,
        `postgres://postgres@/postgres?host=${host}`,
      ])
  for (const url of candidates) {
    const answer = await query(url, "SELECT has_database_privilege(current_database(), 'CREATE') AS may").catch(
      () => [],
    )
    if (answer[0]?.['may'] === true) return url
  }
  if (given) throw new Error('expected the PostgreSQL of DATABASE_URL to answer and to let schemas be made, got none')
  return null
}

/** The newest of Debian's, or what is in the path. */
function installed(): string | null {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...(process.env['PATH'] ?? '').split(':')]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres'))) ?? null
}

async function start(binaries: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-postgres-'))
  const owner = ownerOf(folder)
  const data = join(folder, 'data')
  execFileSync(join(binaries, 'initdb'), ['-D', data, '-U', 'signalbox', '-A', 'trust', '-E', 'UTF8', '--locale=C'], {
    ...owner,
    stdio: 'ignore',
  })
  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'max_connections=200']
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', data, '-p', String(port), ...settings.flatMap((one) => ['-c', one])],
    {
      ...owner,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  const url = `postgres://signalbox@127.0.0.1:${port}/postgres`
  await new Promise<void>((resolve, reject) => {
    server.once('exit', (code) => reject(new Error(`expected PostgreSQL to start, got its end with code ${code}`)))
    server.stderr.on('data', (text: Buffer) => {
      if (text.includes('ready to accept connections')) resolve()
    })
  })
  return {
    url,
    async stop() {
      const ended = new Promise((resolve) => server.once('exit', resolve))
      // A fast shutdown: whoever is still connected is cut off.
      server.kill('SIGINT')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL does not run as root. */
function ownerOf(folder: string): { uid?: number; gid?: number } {
  if (userInfo().uid !== 0) return {}
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  const owner = { uid: idOf('-u'), gid: idOf('-g') }
  chownSync(folder, owner.uid, owner.gid)
  return owner
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
