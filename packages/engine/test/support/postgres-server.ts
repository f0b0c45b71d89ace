/** The PostgreSQL of the tests. Each test works in a schema of its own and drops it, or on a server of its own. */
import { onTestFinished } from 'vitest'
import { missing, POSTGRES, query, standbyOf, testUrl, type OwnServer } from './services/index.ts'

export { query }

export const testDatabaseUrl = (): string => testUrl(POSTGRES)
export const noDatabase = (): string | null => missing([POSTGRES])

/** Whether tests that kill a server are left out. Under CI what is missing is a failure, not a reason to skip. */
export const noOwnDatabase = (): boolean => !POSTGRES.isInstalled() && !process.env['CI']

/** A server that only this test has. */
export async function ownDatabase(): Promise<OwnServer> {
  const server = await POSTGRES.start()
  if (!server) throw new Error('expected PostgreSQL to be installed, got none')
  onTestFinished(() => server.remove())
  return server
}

/** One that follows it. */
export async function ownStandby(primary: OwnServer): Promise<OwnServer> {
  const standby = await standbyOf(primary)
  onTestFinished(() => standby.remove())
  return standby
}

export async function dropSchema(schema: string): Promise<void> {
  await query(testDatabaseUrl(), `SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
}
