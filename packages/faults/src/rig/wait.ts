/** Waiting for another process, which tells nobody when it is there. */
const LOOK_EVERY_MS = 20

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Milliseconds until it held. Rejects after `deadlineMs`, saying what was expected. */
export async function until(
  what: string,
  deadlineMs: number,
  holds: () => Promise<boolean> | boolean,
): Promise<number> {
  const begun = performance.now()
  for (;;) {
    if (await holds()) return performance.now() - begun
    if (performance.now() - begun > deadlineMs) throw new Error(`expected ${what} within ${deadlineMs} ms`)
    await pause(LOOK_EVERY_MS)
  }
}

/** What it resolves with, or null when that takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)))
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
