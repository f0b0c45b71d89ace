import type { Clock } from '../../src/clock.ts'

interface Timer {
  at: number
  order: number
  fn: () => void
}

/**
 * A clock that moves only when a test moves it. Timers fire in order of their time, then of their making; what is due at once
 * needs no time to pass.
 */
export class ManualClock implements Clock {
  #now: number
  #order = 0
  #timers = new Set<Timer>()

  constructor(now = Date.UTC(2026, 0, 15, 8)) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  monotonic(): number {
    return this.#now
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, fn }
    this.#timers.add(timer)
    if (ms <= 0) setImmediate(() => this.#timers.delete(timer) && fn())
    return () => this.#timers.delete(timer)
  }

  /** Number of timers that have not fired: a leak check. */
  get pending(): number {
    return this.#timers.size
  }

  /** Moves time forward and fires what falls due on the way, also timers made by those. */
  advance(ms: number): void {
    const end = this.#now + ms
    for (;;) {
      let next: Timer | undefined
      for (const timer of this.#timers) {
        if (timer.at > end) continue
        if (!next || timer.at < next.at || (timer.at === next.at && timer.order < next.order)) next = timer
      }
      if (!next) break
      this.#timers.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.fn()
    }
    this.#now = end
  }

  /** Steps the wall clock without firing anything, as a corrected system clock does. */
  step(ms: number): void {
    this.#now += ms
  }
}
