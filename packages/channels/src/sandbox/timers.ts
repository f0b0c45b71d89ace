/** Timers that belong to a service and end with it. */
export interface Timers {
  /** Waits. Resolves early with `cut` when the signal aborts or the service is closed. */
  wait(serviceId: number, ms: number, signal: AbortSignal): Promise<'elapsed' | 'cut'>
  /** Calls `fn` after `ms`, unless the service is closed before. */
  later(serviceId: number, ms: number, fn: () => void): void
  close(serviceId: number): void
}

/** Calls `fn` once after `ms`; the returned function cancels it. The engine's clock fits. */
export type After = (ms: number, fn: () => void) => () => void

export const systemAfter: After = (ms, fn) => {
  const timer = setTimeout(fn, ms)
  return () => clearTimeout(timer)
}

export function createTimers(after: After): Timers {
  /** Per service, what closing it must call. */
  const ends = new Map<number, Set<() => void>>()
  const endsOf = (serviceId: number) => {
    const set = ends.get(serviceId) ?? new Set()
    ends.set(serviceId, set)
    return set
  }
  return {
    wait(serviceId, ms, signal) {
      if (signal.aborted) return Promise.resolve('cut')
      if (ms <= 0) return Promise.resolve('elapsed')
      const set = endsOf(serviceId)
      return new Promise((resolve) => {
        const end = (how: 'elapsed' | 'cut') => {
          cancel()
          set.delete(cut)
          signal.removeEventListener('abort', cut)
          resolve(how)
        }
        const cut = () => end('cut')
        const cancel = after(ms, () => end('elapsed'))
        set.add(cut)
        signal.addEventListener('abort', cut, { once: true })
      })
    },
    later(serviceId, ms, fn) {
      const set = endsOf(serviceId)
      const cancel = after(ms, () => {
        set.delete(cancel)
        fn()
      })
      set.add(cancel)
    },
    close(serviceId) {
      const set = ends.get(serviceId) ?? new Set()
      ends.delete(serviceId)
      for (const end of [...set]) end()
    },
  }
}
