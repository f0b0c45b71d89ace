/** The server's time as this screen knows it, and whether the viewer's own clock can be trusted. */

/** Server and viewer are this far apart or more: told on screen. Less is the network and the tick, ms. */
const WRONG_MS = 10_000

/** What of the difference between two clocks is told: null while they agree. */
export function clockError(skewMs: number | null): { ms: number; ahead: boolean } | null {
  if (skewMs === null || Math.abs(skewMs) < WRONG_MS) return null
  return { ms: Math.abs(skewMs), ahead: skewMs > 0 }
}

/** A moment on both clocks of this machine. */
export interface Moment {
  /** Jumps when somebody sets the clock. */
  wall: number
  /** Stands still while the machine sleeps. */
  monotonic: number
}

export function thisMoment(): Moment {
  return { wall: Date.now(), monotonic: performance.now() }
}

/** Milliseconds between two moments, by whichever clock saw more of them: a figure must never look younger than it is. */
export function elapsedBetween(before: Moment, after: Moment): number {
  return Math.max(0, after.wall - before.wall, after.monotonic - before.monotonic)
}
