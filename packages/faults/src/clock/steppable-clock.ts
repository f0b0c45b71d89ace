/** A machine's two clocks moved by hand: one that an operator or NTP may put anywhere or stop, one that only runs. */
import type { Clock } from '@signalbox/engine'

interface Timer {
  /** On the clock that only runs: a timer does not notice that the other was put. */
  at: number
  fn: () => void
}

/** Close to the end of a month: steps go over it in both directions. */
const MORNING = Date.UTC(2026, 0, 31, 8)

export class SteppableClock implements Clock {
  #elapsed = 0
  #wall = MORNING
  #frozen = false
  readonly #timers = new Set<Timer>()

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(ms: number, fn: () => void): () => void {
    const timer = { at: this.#elapsed + Math.max(0, ms), fn }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Time passes and what falls due on the way fires, also what that arms. */
  advance(ms: number): void {
    const end = this.#elapsed + ms
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers.delete(next)
      this.#pass(next.at - this.#elapsed)
      next.fn()
    }
    this.#pass(end - this.#elapsed)
  }

  /** The wall clock is put forward or back. */
  step(ms: number): void {
    this.#wall += ms
  }

  /** The wall clock stands still while time passes. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined
    for (const timer of this.#timers) if (timer.at <= end && (!next || timer.at < next.at)) next = timer
    return next
  }

  #pass(ms: number): void {
    this.#elapsed += ms
    if (!this.#frozen) this.#wall += ms
  }
}
