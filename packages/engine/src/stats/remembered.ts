/** Answers that take long to find: told again for a while, and found anew behind the back of whoever asks. */
import type { Clock } from '../clock.ts'

export interface RememberedTerms {
  /** Until this age nobody looks again. */
  freshMs: number
  /** Until this age it is told while somebody looks; after that whoever asks waits. */
  usableMs: number
}

/** Answers kept, the last ones asked for. */
const KEPT = 4

export function remembered<K, T>(
  clock: Clock,
  { freshMs, usableMs }: RememberedTerms,
  load: (key: K) => Promise<T>,
): (key: K) => Promise<T> {
  const known = new Map<K, { at: number; value: Promise<T> }>()
  const loading = new Map<K, Promise<T>>()

  function look(key: K): Promise<T> {
    const under = loading.get(key)
    if (under) return under
    const at = clock.now()
    const value = load(key)
    loading.set(key, value)
    const over = () => loading.delete(key)
    value.then(() => {
      known.delete(key)
      known.set(key, { at, value })
      const [oldest] = known.keys()
      if (known.size > KEPT && oldest !== undefined) known.delete(oldest)
      over()
    }, over)
    return value
  }

  return (key) => {
    const last = known.get(key)
    const age = last ? clock.now() - last.at : Infinity
    if (!last || age < 0 || age >= usableMs) return look(key)
    // A failure is told to whoever has to wait for it.
    if (age >= freshMs) look(key).catch(() => undefined)
    return last.value
  }
}
