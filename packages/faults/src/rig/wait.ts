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
