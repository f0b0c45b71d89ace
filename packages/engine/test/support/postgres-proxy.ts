/** Between a store and its PostgreSQL: cuts connections, before or after what is said passes. */
import { onTestFinished } from 'vitest'
import { testDatabaseUrl } from './postgres-server.ts'
import { faultProxy, type FaultProxy } from './services/index.ts'

export type PostgresProxy = FaultProxy

export async function postgresProxy(): Promise<PostgresProxy> {
  const proxy = await faultProxy(testDatabaseUrl())
  onTestFinished(() => proxy.close())
  return proxy
}
