import { setTimeout as wait } from 'node:timers/promises'

/** Waits so many ms, or until the signal aborts. Never rejects: look at the signal afterwards. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(Math.max(0, ms), undefined, { signal }).catch(() => undefined)
}
