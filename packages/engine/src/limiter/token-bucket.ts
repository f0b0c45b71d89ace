import type { Bounds, Meter, MeterState } from './meter.ts'

/**
 * `qps`: a bucket of `maxValue` tokens that fills evenly, from empty to full within one window. So a burst of
 * `maxValue` passes after a quiet window, and the mean never exceeds `maxValue` per window.
 *
 * It counts in units of 1/windowMs of a token: a millisecond adds `maxValue` units, a token costs `windowMs`. Both are
 * integers, and so is the time to wait; the largest bucket, 10 million tokens over a day, is 8.64e14 units, below 2^53.
 */
export class TokenBucket implements Meter {
  #bounds: Bounds
  #units: number
  #at: number

  constructor(bounds: Bounds, now: number) {
    this.#bounds = bounds
    this.#units = bounds.maxValue * bounds.windowMs
    this.#at = now
  }

  wait(cost: number, now: number): number {
    this.#fill(now)
    const lacking = cost * this.#bounds.windowMs - this.#units
    return lacking <= 0 ? 0 : Math.ceil(lacking / this.#bounds.maxValue)
  }

  take(cost: number, now: number): void {
    this.#fill(now)
    this.#units -= cost * this.#bounds.windowMs
  }

  release(): void {}

  remaining(now: number): number {
    this.#fill(now)
    return Math.floor(this.#units / this.#bounds.windowMs)
  }

  reset(now: number): number {
    this.#fill(now)
    const { maxValue, windowMs } = this.#bounds
    return Math.ceil((maxValue * windowMs - this.#units) / maxValue)
  }

  idle(now: number): boolean {
    this.#fill(now)
    return this.#units === this.#bounds.maxValue * this.#bounds.windowMs
  }

  /** What is missing from the bucket stays missing, so that a higher limit helps at once and no change is a new burst. */
  configure(bounds: Bounds, now: number): void {
    this.#fill(now)
    const missingTokens = this.#bounds.maxValue - this.#units / this.#bounds.windowMs
    this.#units = Math.max(0, Math.floor((bounds.maxValue - missingTokens) * bounds.windowMs))
    this.#bounds = bounds
  }

  rescale(bounds: Bounds, now: number): void {
    this.#fill(now)
    const before = this.#bounds.maxValue * this.#bounds.windowMs
    const after = bounds.maxValue * bounds.windowMs
    this.#units = this.#units >= before ? after : Math.floor((this.#units / before) * after)
    this.#bounds = bounds
  }

  state(now: number): MeterState {
    this.#fill(now)
    return [this.#units]
  }

  restore([units = 0]: MeterState, now: number): void {
    this.#units = units
    this.#at = now
  }

  #fill(now: number): void {
    const { maxValue, windowMs } = this.#bounds
    const elapsed = Math.min(now - this.#at, windowMs)
    this.#units = Math.min(maxValue * windowMs, this.#units + elapsed * maxValue)
    this.#at = now
  }
}
