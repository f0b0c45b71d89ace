/** The state of one rule, moved only by its calls: no timers, no clock of its own. */
export interface Meter {
  /**
   * 0 when `cost` would pass at `now`; else after how many ms it will, if nobody else takes in between. More than the
   * maximum stands for calls one after another, each as soon as it may: the time of the last of them.
   */
  wait(cost: number, now: number): number
  /** Only after `wait` gave 0 for the same arguments. */
  take(cost: number, now: number): void
  /** Gives back what a `take` holds; only `concurrent` holds anything. */
  release(cost: number): void
  /** How much would pass at `now`. */
  remaining(now: number): number
  /** After how many ms nothing counts any more of what was taken so far; 0 when nothing does. */
  reset(now: number): number
  /** Indistinguishable from a new one, so it may be forgotten. */
  idle(now: number): boolean
  /** New bounds from `now` on; what was taken before still counts. */
  configure(bounds: Bounds, now: number): void
  /** New bounds of which the same part is used up as of the old: between a whole and the share that one of several has of it. */
  rescale(bounds: Bounds, now: number): void
  /** What it counts now, for another of its kind and bounds to go on from. */
  state(now: number): MeterState
  restore(state: MeterState, now: number): void
}

/**
 * Integers. Of a bucket its units; of a window, oldest first, in how many ms a part leaves it and what that counts, again and
 * again; of `concurrent` how many are held.
 */
export type MeterState = readonly number[]

export interface Bounds {
  maxValue: number
  /** Whole milliseconds, at least 1. */
  windowMs: number
}
