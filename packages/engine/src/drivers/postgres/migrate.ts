/** Brings the tables of a schema to their newest shape: each step in a transaction of its own. Refuses a schema from the future. */
import type { Client } from 'pg'
import { STEPS, type Step } from './schema/index.ts'

/** Longest that a step beside running nodes waits for their transactions, and so makes theirs wait. */
const BESIDE_LOCK = '2s'

/** Those that are still to be made. */
export async function stepsDue(
  client: Client,
  schema: string,
  steps: readonly Step[] = STEPS,
): Promise<readonly Step[]> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`)
  await client.query(
    'CREATE TABLE IF NOT EXISTS schema_steps (step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())',
  )
  const { rows } = await client.query<{ done: number }>('SELECT coalesce(max(step), 0) AS done FROM schema_steps')
  const done = rows[0]?.done ?? 0
  if (done > steps.length) {
    throw new Error(
      `expected the schema ${schema} to have at most step ${steps.length}, got ${done}: it was written by a newer Signalbox`,
    )
  }
  return steps.slice(done)
}

/** Only while the hold on the preparation of the schema is ours: nobody else migrates it meanwhile. */
export async function migrate(client: Client, schema: string, steps: readonly Step[] = STEPS): Promise<void> {
  const due = await stepsDue(client, schema, steps)
  for (const [i, { sql, beside }] of due.entries()) {
    const number = steps.length - due.length + i + 1
    const patience = beside ? `SET LOCAL lock_timeout = '${BESIDE_LOCK}';` : ''
    // One string is one round trip, and one transaction.
    await client.query(`BEGIN; ${patience} ${sql(schema)}; INSERT INTO schema_steps (step) VALUES (${number}); COMMIT`)
  }
}
