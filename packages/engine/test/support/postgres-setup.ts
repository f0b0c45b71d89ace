/** Once per run of the PostgreSQL tests. Without a server they are skipped, visibly; on CI that is a failure. */
import { noDatabase, provideServer } from './postgres-server.ts'

export async function setup(): Promise<() => Promise<void>> {
  const stop = await provideServer()
  if (stop) return stop
  if (process.env['CI'] === 'true') throw new Error(`expected a PostgreSQL for the tests: ${noDatabase()}`)
  process.stdout.write(`No PostgreSQL found, so its tests are skipped. To run them: ${noDatabase()}\n`)
  return () => Promise.resolve()
}
