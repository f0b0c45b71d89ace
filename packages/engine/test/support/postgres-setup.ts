/** Once per run of the PostgreSQL tests. Without a server they are skipped, visibly; on CI that is a failure. */
import { noDatabase, provideServer } from './postgres-server.ts'

export async function setup(): Promise<() => Promise<void>> {
  const stop = await provideServer()
  if (!stop && process.env['CI'] === 'true') throw new Error(`expected a PostgreSQL for the tests: ${noDatabase()}`)
  return stop ?? (() => Promise.resolve())
}
