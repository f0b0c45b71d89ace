/** Brings the tables of a schema to their newest shape: each step in a transaction of its own. Refuses a schema from the future. */
import type { Client } from 'pg'
import { STEPS } from './schema/index.ts'

/** How many are still to be made. */
export async function stepsDue(client: Client, schema: string): Promise<number> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_steps (step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
  )
  const { rows } = await client.query<{ done: number }>('SELECT coalesce(max(step), 0) AS done FROM schema_steps')
  const done = rows[0]?.done ?? 0
  if (done > STEPS.length) {
    throw new Error(
      `expected the schema ${schema} to have at most step ${STEPS.length}, got ${done}: it was written by a newer Signalbox`,
    )
  }
  return STEPS.length - done
}

/** Only while the hold on the schema is ours: nobody else migrates it meanwhile. */
export async function migrate(client: Client, schema: string): Promise<void> {
  const done = STEPS.length - (await stepsDue(client, schema))
  for (const [i, step] of STEPS.entries()) {
    if (i < done) continue
    // One string is one round trip, and one transaction.
    await client.query(`BEGIN; ${step(schema)}; INSERT INTO schema_steps (step) VALUES (${i + 1}); COMMIT`)
  }
}
