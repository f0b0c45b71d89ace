import type { Bounds, Meter, MeterState } from './meter.ts'

/** A window is remembered in at most this many parts, whatever the number of calls. */
const PARTS = 256

interface Part {
  firstAt: number
  /** The last call counts for all: a part leaves the window when its last call does. */
  lastAt: number
  count: number
}

/**
 * `sliding_window`: never more than `maxValue` within any window. Calls closer together than 1/256 of the window share
 * one entry and leave it together with the last of them: up to 0.4 % of the window late, never early.
 */
export class SlidingWindow implements Meter {
  #bounds: Bounds
  #parts: Part[] = []
  #count = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
  }

  wait(cost: number, now: number): number {
    this.#forget(now)
    const { maxValue, windowMs } = this.#bounds
    // Of calls one after another, each leaves a window before the one that comes `maxValue` places later.
    const windows = Math.floor((cost - 1) / maxValue)
    return windows * windowMs + this.#waitWithin(cost - windows * maxValue, now)
  }

  #waitWithin(cost: number, now: number): number {
    let excess = this.#count + cost - this.#bounds.maxValue
    if (excess <= 0) return 0
    for (const part of this.#parts) {
      excess -= part.count
      if (excess <= 0) return part.lastAt + this.#bounds.windowMs - now
    }
    // Not reached: cost is at most maxValue, so an empty window lets it pass.
    return this.#bounds.windowMs
  }

  take(cost: number, now: number): void {
    this.#forget(now)
    this.#count += cost
    const last = this.#parts.at(-1)
    if (last && now - last.firstAt < this.#bounds.windowMs / PARTS) {
      last.lastAt = now
      last.count += cost
    } else {
      this.#parts.push({ firstAt: now, lastAt: now, count: cost })
    }
  }

  release(): void {}

  remaining(now: number): number {
    this.#forget(now)
    return Math.max(0, this.#bounds.maxValue - this.#count)
  }

  reset(now: number): number {
    this.#forget(now)
    const last = this.#parts.at(-1)
    return last ? last.lastAt + this.#bounds.windowMs - now : 0
  }

  idle(now: number): boolean {
    this.#forget(now)
    return this.#count === 0
  }

  configure(bounds: Bounds, now: number): void {
    this.#forget(now)
    this.#bounds = bounds
  }

  rescale(bounds: Bounds, now: number): void {
    this.#forget(now)
    const part = bounds.maxValue / this.#bounds.maxValue
    const parts: Part[] = []
    // From the newest on, so that rounding lets nothing leave early.
    let before = 0
    let after = 0
    for (const each of this.#parts.toReversed()) {
      before += each.count
      const count = Math.ceil(before * part) - after
      after += count
      if (count > 0) parts.unshift({ ...each, count })
    }
    this.#parts = parts
    this.#count = after
    this.#bounds = bounds
    this.#forget(now)
  }

  state(now: number): MeterState {
    this.#forget(now)
    return this.#parts.flatMap(({ lastAt, count }) => [lastAt + this.#bounds.windowMs - now, count])
  }

  restore(state: MeterState, now: number): void {
    this.#parts = []
    this.#count = 0
    for (let i = 0; i < state.length; i += 2) {
      const at = now + (state[i] ?? 0) - this.#bounds.windowMs
      const count = state[i + 1] ?? 0
      this.#parts.push({ firstAt: at, lastAt: at, count })
      this.#count += count
    }
  }

  #forget(now: number): void {
    let gone = 0
    for (const part of this.#parts) {
      if (part.lastAt + this.#bounds.windowMs > now) break
      this.#count -= part.count
      gone++
    }
    if (gone > 0) this.#parts.splice(0, gone)
  }
}
