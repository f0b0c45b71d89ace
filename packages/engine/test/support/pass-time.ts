import type { ManualClock } from './manual-clock.ts'

/** Lets time pass, a minute with each turn of the event loop, until `end` settles. For waits of unknown length. */
export async function passTime<T>(clock: ManualClock, end: Promise<T>): Promise<T> {
  let over = false
  const watched = end.finally(() => (over = true))
  while (!over) {
    clock.advance(60_000)
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  return watched
}
