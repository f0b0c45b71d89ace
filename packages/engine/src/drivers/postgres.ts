/** PostgreSQL, one node. */
import type { Driver, OpenOptions } from '../driver.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`; `postgres:///database?host=/var/run/postgresql` for a socket. */
  url: string
  /** Made when missing. One engine at a time may hold it. Lower-case letters, digits and underscores. */
  schema?: string
}

export const DEFAULT_SCHEMA = 'signalbox'
const SCHEMA = /^[a-z_][a-z0-9_]{0,39}$/

/**
 * Everything in one schema of a PostgreSQL database. One connection writes, with a group commit per turn of the event loop;
 * others read. Its client is loaded when it is opened: who uses another driver never loads it.
 */
export function postgres({ url, schema = DEFAULT_SCHEMA }: PostgresOptions): Driver {
  checkSchema(schema)
  return {
    name: 'postgres',
    async open(options) {
      const { openStore } = await import('./postgres/store.ts')
      return openStore({ url, schema }, withLink(options))
    },
  }
}

export function checkSchema(schema: string): void {
  if (SCHEMA.test(schema)) return
  throw new Error(`expected schema to be lower-case letters, digits and underscores, got ${JSON.stringify(schema)}`)
}

/** Whether it can be written is what its link is. */
export function withLink(options: OpenOptions): OpenOptions {
  const tell = (problem: string | null) => options.onLink?.({ name: 'PostgreSQL', up: problem === null, problem })
  tell(null)
  return {
    ...options,
    onWritable(refused) {
      tell(refused)
      options.onWritable?.(refused)
    },
  }
}
