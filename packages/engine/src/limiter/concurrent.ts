import type { Bounds, Meter, MeterState } from './meter.ts'

/**
 * When a place will be given back cannot be known; a caller that is refused looks again after this many ms, and one with
 * others before it the later, the more rounds of places they need.
 */
export const LOOK_AGAIN_MS = 100

/** `concurrent`: at most `maxValue` held at the same time. The window plays no part. */
export class Concurrent implements Meter {
  #maxValue: number
  #held = 0

  constructor(bounds: Bounds) {
    this.#maxValue = bounds.maxValue
  }

  wait(cost: number): number {
    return LOOK_AGAIN_MS * Math.max(0, Math.ceil((this.#held + cost - this.#maxValue) / this.#maxValue))
  }

  take(cost: number): void {
    this.#held += cost
  }

  release(cost: number): void {
    this.#held -= cost
  }

  remaining(): number {
    return Math.max(0, this.#maxValue - this.#held)
  }

  /** When the last place is given back cannot be known either. */
  reset(): number {
    return this.#held === 0 ? 0 : LOOK_AGAIN_MS
  }

  idle(): boolean {
    return this.#held === 0
  }

  configure(bounds: Bounds): void {
    this.#maxValue = bounds.maxValue
  }
  /** Who holds a place holds all of it. */
  rescale(bounds: Bounds): void {
    this.configure(bounds)
  }

  state(): MeterState {
    return [this.#held]
  }

  restore([held = 0]: MeterState): void {
    this.#held = held
  }
}
