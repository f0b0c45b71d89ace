/**
 * Meters that several nodes share. The limiter of each node asks for what it lets pass and keeps the answers as its own picture;
 * while there is no answer it goes on with its share of each limit.
 */
import type { LimitType } from '@signalbox/contracts'
import type { Bounds, MeterState } from './meter.ts'

/** One meter of a step. */
export interface SharedMeter {
  /** Tells it from all others, the same on every node. */
  name: string
  type: LimitType
  /** In force here; what the store knows by others is brought to these first. */
  bounds: Bounds
  /** At most the maximum. */
  cost: number
  /** How many parts of a window are told apart in the answer, at least 1: the last stands for all that are newer. */
  parts: number
  /** What this node knows and the store may not: it counts as used what either of them counts. Null when the store knows it all, and of `concurrent`. */
  known: MeterState | null
}

export interface LimitStep {
  /** From all meters of the step, or from none. */
  taken: boolean
  /** In the order of the step. `wait`: 0 for one that would have let it pass; else exact, in ms. */
  meters: { wait: number; state: MeterState }[]
}

export interface LimitStore {
  /** False while steps would not be answered in time. */
  readonly isUp: boolean
  /**
   * Goes up when the store may have forgotten something: what a node knows from before goes with the next step of that meter. A
   * step that finds it out takes nothing and rejects with `ForgottenError`.
   */
  readonly generation: number
  /**
   * In one round trip. Rejects when no answer came within the deadline of the store: it may have been taken, and is then never given
   * back. Places of `concurrent` are this node's until it gives them back or its lease on them ends, which is renewed by itself.
   */
  take(meters: readonly SharedMeter[]): Promise<LimitStep>
  /** Places of `concurrent` that this node has without having been given them here, because there was no answer. */
  keep(name: string, count: number): void
  /** Gives back places of `concurrent`. Never rejects. */
  giveBack(name: string, count: number): void
}

/** The store had forgotten what it knew; the same step may be asked again with what this node knows. */
export class ForgottenError extends Error {}
