/** The PostgreSQL of the tests. Each test works in a schema of its own and drops it. */
import { missing, POSTGRES, query, testUrl } from './services/index.ts'

export { query }

export const testDatabaseUrl = (): string => testUrl(POSTGRES)
export const noDatabase = (): string | null => missing([POSTGRES])

export async function dropSchema(schema: string): Promise<void> {
  await query(testDatabaseUrl(), `SET client_min_messages = warning; DROP SCHEMA IF EXISTS "${schema}" CASCADE`)
}
