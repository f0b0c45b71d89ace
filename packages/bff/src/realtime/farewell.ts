import type { Clock } from '@signalbox/engine'

/** Waits for `gone`, but no longer than `ms`; leaves no timer behind. True when all were gone in time. */
export async function farewell(gone: Promise<unknown>, ms: number, clock: Pick<Clock, 'after'>): Promise<boolean> {
  let cancel: () => void = () => undefined
  const late = new Promise<false>((resolve) => (cancel = clock.after(ms, () => resolve(false))))
  try {
    return await Promise.race([gone.then(() => true), late])
  } finally {
    cancel()
  }
}
