/**
 * Calls of one transaction in waves: within a wave no two calls touch the same thing, so they run side by side on one
 * connection, and what each asks travels together. Calls on the same thing keep the order in which they were made.
 */

import { together } from './together.ts'

/** What a call touches: the id of a message, or a name. */
export type Key = number | string

/** Many calls of one kind as one statement. */
export interface Gathering<I, R> {
  keysOf(item: I): readonly Key[]
  /** One result per item, in their order. */
  run(items: readonly I[]): Promise<R[]>
}

export interface Call {
  /** Null: nothing else runs beside it. */
  keys: readonly Key[] | null
  work: { run: () => Promise<unknown> } | { gathering: Gathering<never, unknown>; item: unknown }
}

export function wavesOf<C extends Call>(calls: readonly C[]): C[][] {
  const waves: C[][] = []
  let wave: C[] = []
  let touched = new Set<Key>()
  function next(): void {
    if (wave.length > 0) waves.push(wave)
    wave = []
    touched = new Set()
  }
  for (const call of calls) {
    if (!call.keys || call.keys.some((key) => touched.has(key))) next()
    wave.push(call)
    if (!call.keys) next()
    else for (const key of call.keys) touched.add(key)
  }
  next()
  return waves
}

/** The results of a wave by call. */
export async function runWave(wave: readonly Call[], results: Map<Call, unknown>): Promise<void> {
  const gathered = new Map<Gathering<never, unknown>, Call[]>()
  const running: Promise<unknown>[] = []
  for (const call of wave) {
    const { work } = call
    if ('run' in work) running.push(work.run().then((result) => results.set(call, result)))
    else {
      const calls = gathered.get(work.gathering)
      if (calls) calls.push(call)
      else gathered.set(work.gathering, [call])
    }
  }
  for (const [gathering, calls] of gathered) {
    const items = calls.map(({ work }) => ('item' in work ? work.item : null) as never)
    running.push(
      gathering.run(items).then((of) => {
        for (const [i, call] of calls.entries()) results.set(call, of[i])
      }),
    )
  }
  await together(running)
}
