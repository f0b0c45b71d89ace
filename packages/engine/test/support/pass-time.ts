import type { Engine } from '../../src/index.ts'
import type { ManualClock } from './manual-clock.ts'
import { storesOf, testDriver } from './stores.ts'

/** A node that could not say for longer that it lives sends nothing. */
const BEATS_EVERY_MS = 3_000

/** Lets time pass, so much (default: a minute) with each turn of the event loop, until `end` settles. For waits of unknown length. */
export async function passTime<T>(
  { clock, engine }: { clock: ManualClock; engine: Pick<Engine, 'cluster'> },
  end: Promise<T>,
  ms = 60_000,
): Promise<T> {
  const { nodes } = storesOf(testDriver)
  let over = false
  const watched = end.finally(() => (over = true))
  let unheardMs = 0
  let beats = 0
  while (!over) {
    if (nodes === 'many' && unheardMs === 0) beats = await beatsOf(engine)
    clock.advance(ms)
    unheardMs += ms
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (nodes === 'one' || unheardMs < BEATS_EVERY_MS) continue
    // Slowly: the next beat comes so long after the last was answered.
    while (!over && (await beatsOf(engine)) === beats) clock.advance(1)
    unheardMs = 0
  }
  return watched
}

async function beatsOf({ cluster }: Pick<Engine, 'cluster'>): Promise<number> {
  const self = (await cluster.nodes()).find(({ lease }) => lease === cluster.self.lease)
  return self?.beats ?? 0
}
