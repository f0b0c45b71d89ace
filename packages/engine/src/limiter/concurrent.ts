import type { Bounds, Meter } from './meter.ts'

/** When a place will be given back cannot be known; a caller that is refused looks again after this many ms. */
export const LOOK_AGAIN_MS = 100

/** `concurrent`: at most `maxValue` held at the same time. The window plays no part. */
export class Concurrent implements Meter {
  #maxValue: number
  #held = 0

  constructor(bounds: Bounds) {
    this.#maxValue = bounds.maxValue
  }

  wait(cost: number): number {
    return this.#held + cost <= this.#maxValue ? 0 : LOOK_AGAIN_MS
  }

  take(cost: number): void {
    this.#held += cost
  }

  release(cost: number): void {
    this.#held -= cost
  }

  idle(): boolean {
    return this.#held === 0
  }

  configure(bounds: Bounds): void {
    this.#maxValue = bounds.maxValue
  }
}
