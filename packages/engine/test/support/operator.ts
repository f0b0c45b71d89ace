import Database from 'better-sqlite3'
import { join } from 'node:path'
import type { Engine } from '../../src/engine.ts'
import type { Trace } from '../../src/tracer/trace.ts'

/** What an operator types into the SQLite shell while the engine runs. */
export function sql(folder: string, statement: string): void {
  const db = new Database(join(folder, 'signalbox.db'))
  db.exec(statement)
  db.close()
}

/** Looks until the message waits for that reason; each look is a turn of the event loop. */
export async function waitingFor(engine: Engine, id: number, reason: string): Promise<NonNullable<Trace['waiting']>> {
  for (;;) {
    const trace = await engine.traces.get(id)
    if (trace?.waiting?.reason === reason) return trace.waiting
  }
}
