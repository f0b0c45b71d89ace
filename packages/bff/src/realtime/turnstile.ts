/**
 * Lets viewers in one by one: a bucket of `BURST` turns that fills with `PER_SECOND`, so at most `BURST + PER_SECOND` in any
 * second, however many stand before it and however long the process stood still. Return slots spread those who keep to
 * them; this holds for everybody.
 *
 * 1. Who finds no turn waits on the connection it has, in the order of arrival: that costs nobody a second handshake.
 * 2. Where the wait would be longer than a handshake lasts it is told when to come back, each at a moment of its own.
 */
import type { Clock } from '@signalbox/engine'

export const BURST = 15
export const PER_SECOND = 75
/** Well below the time that an unfinished handshake is given. */
export const LONGEST_WAIT_MS = 8_000
const TURN_MS = 1000 / PER_SECOND

export interface Turnstile {
  /**
   * `enter` is called when it is their turn; at once, if there is one. A number: there is no room to wait, come back after so
   * many ms. The function: they have gone.
   */
  arrive(enter: () => void): number | (() => void)
  close(): void
}

export function createTurnstile(clock: Pick<Clock, 'monotonic' | 'after'>): Turnstile {
  const waiting = new Set<() => void>()
  let turns = BURST
  let filledAt = clock.monotonic()
  /** How many were sent away to come back, one turn each, and since when. */
  let sentAway = 0
  let sentAwayAt = filledAt
  let stop: (() => void) | null = null

  function fill(): void {
    const now = clock.monotonic()
    turns = Math.min(BURST, turns + (now - filledAt) / TURN_MS)
    filledAt = now
  }

  function letIn(): void {
    stop = null
    fill()
    for (const enter of waiting) {
      if (turns < 1) break
      waiting.delete(enter)
      turns -= 1
      enter()
    }
    if (waiting.size > 0) stop = clock.after(Math.max(1, (1 - turns) * TURN_MS), letIn)
  }

  /** After those who wait, and after those who were told before. */
  function laterInMs(): number {
    const now = clock.monotonic()
    sentAway = Math.max(0, sentAway - (now - sentAwayAt) / TURN_MS) + 1
    sentAwayAt = now
    return Math.ceil((waiting.size + sentAway) * TURN_MS)
  }

  return {
    arrive(enter) {
      if ((waiting.size + 1) * TURN_MS > LONGEST_WAIT_MS) return laterInMs()
      waiting.add(enter)
      if (!stop) letIn()
      return () => waiting.delete(enter)
    },
    close() {
      stop?.()
      waiting.clear()
    },
  }
}
