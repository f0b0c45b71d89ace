/**
 * Time as a port. Everything that waits or measures goes through it, so that tests move time by hand.
 */
export interface Clock {
  /** Epoch milliseconds; may step when the machine's clock is corrected. */
  now(): number
  /** Milliseconds from an arbitrary origin with a fraction; never steps. For durations only. */
  monotonic(): number
  /** Calls `fn` once, after `ms`. The returned function cancels it; calling that later does nothing. */
  after(ms: number, fn: () => void): () => void
}

/** The longest delay that setTimeout takes (2^31 - 1 ms); a longer one fires early and the caller looks again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.min(Math.max(0, ms), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  },
}
