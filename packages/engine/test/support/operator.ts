import type { Engine } from '../../src/engine.ts'
import type { Trace } from '../../src/tracer/trace.ts'

export { sql } from './stores.ts'

/** Looks until the message waits for that reason; each look is a turn of the event loop. */
export async function waitingFor(engine: Engine, id: number, reason: string): Promise<NonNullable<Trace['waiting']>> {
  for (;;) {
    const trace = await engine.traces.get(id)
    if (trace?.waiting?.reason === reason) return trace.waiting
  }
}
