/**
 * Questions that only the store can answer, asked again for as long as it is away: no message ends, and none is forgotten,
 * because something of it could not be read.
 */
import type { Clock } from './clock.ts'
import { EngineError } from './errors.ts'

/** At once, without a promise, where the answer is at hand. Rejects as the question does when the engine has stopped waiting. */
export type Patiently = <T>(ask: () => T | Promise<T>) => T | Promise<T>

/** @param abandoned aborted when the engine waits for nothing more */
export function createPatience(clock: Clock, abandoned: AbortSignal): Patiently {
  async function askAgain<T>(ask: () => T | Promise<T>, problem: unknown): Promise<T> {
    for (;;) {
      const waitMs = awayForMs(problem)
      if (waitMs === null || abandoned.aborted) throw problem
      await pause(waitMs)
      try {
        return await ask()
      } catch (error) {
        problem = error
      }
    }
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = () => {
        cancel()
        abandoned.removeEventListener('abort', goOn)
        resolve()
      }
      const cancel = clock.after(ms, goOn)
      abandoned.addEventListener('abort', goOn)
    })
  }

  return (ask) => {
    const asked = ask()
    return asked instanceof Promise ? asked.catch((problem: unknown) => askAgain(ask, problem)) : asked
  }
}

/** After how long it may be asked again, ms; null where the store is there, or gone for good. */
export function awayForMs(problem: unknown): number | null {
  if (!(problem instanceof EngineError) || problem.reason !== 'not_accepting') return null
  return problem.retryAfterMs ?? null
}
