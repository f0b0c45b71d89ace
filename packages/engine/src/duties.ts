/** What the engine does again and again while it runs. A duty that fails is reported and comes round again; it never overlaps itself. */
import type { Clock } from './clock.ts'

export interface Duties {
  every(ms: number, name: string, duty: () => Promise<void> | void): void
  stop(): void
}

export function createDuties(clock: Clock, onError: (where: string, error: unknown) => void): Duties {
  const cancels = new Map<string, () => void>()
  let stopped = false

  function schedule(ms: number, name: string, duty: () => Promise<void> | void): void {
    if (stopped) return
    cancels.set(
      name,
      clock.after(ms, () => {
        void (async () => {
          try {
            await duty()
          } catch (error) {
            onError(name, error)
          }
          schedule(ms, name, duty)
        })()
      }),
    )
  }

  return {
    every: schedule,
    stop() {
      stopped = true
      for (const cancel of cancels.values()) cancel()
    },
  }
}
