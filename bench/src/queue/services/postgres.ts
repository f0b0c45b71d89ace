import pg from 'pg'
import type { Service } from './service.ts'

const SOCKET = '/var/run/postgresql'

/** A database of its own in the local PostgreSQL, reached through its socket. `PGHOST` and the like point elsewhere. */
export async function startPostgres(): Promise<Service> {
  const host = process.env['PGHOST'] ?? SOCKET
  const user = process.env['PGUSER'] ?? process.env['USER'] ?? 'root'
  const database = `signalbox_bench_${process.pid}`
  const run = async (statement: string) => {
    const client = new pg.Client({ host, user, database: 'postgres' })
    await client.connect()
    try {
      return await client.query<Record<string, string>>(statement)
    } finally {
      await client.end()
    }
  }
  const { rows } = await run('SHOW server_version')
  await run(`CREATE DATABASE ${database}`)
  return {
    address: `postgresql://${encodeURIComponent(user)}@/${database}?host=${encodeURIComponent(host)}`,
    version: `PostgreSQL ${rows[0]?.['server_version']?.split(' ')[0] ?? 'of unknown version'}`,
    async stop() {
      await run(`DROP DATABASE ${database} WITH (FORCE)`)
    },
  }
}
