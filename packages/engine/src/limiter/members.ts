import type { LimitType } from '@signalbox/contracts'
import type { Meter } from './meter.ts'

/** The meters of one resource, by type. */
export type Meters<M extends Meter> = Map<LimitType, M>

/** Members looked at per call for being idle: more than one call can add, so that memory follows what is in use. */
const SWEEP = 2

/**
 * The meters of resources that nobody listed: each recipient's own. Bounded: those that are idle are forgotten as calls
 * come by, and above `limit` the one used longest ago.
 */
export class Members<M extends Meter> {
  readonly #members = new Map<string, Meters<M>>()
  readonly #limit: number
  #sweeper = this.#members.keys()

  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#members.size
  }

  [Symbol.iterator](): IterableIterator<[string, Meters<M>]> {
    return this.#members[Symbol.iterator]()
  }

  get(resource: string): Meters<M> {
    let meters = this.#members.get(resource)
    if (!meters) this.#members.set(resource, (meters = new Map()))
    return meters
  }

  /** It was used now. */
  touch(resource: string, meters: Meters<M>): void {
    this.#members.delete(resource)
    this.#members.set(resource, meters)
  }

  delete(resource: string): void {
    this.#members.delete(resource)
  }

  sweep(now: number): void {
    for (let looked = 0; looked < SWEEP && this.#members.size > 0; looked++) {
      const next = this.#sweeper.next()
      if (next.done) {
        this.#sweeper = this.#members.keys()
        continue
      }
      const meters = this.#members.get(next.value)
      if (meters && [...meters.values()].every((meter) => meter.idle(now))) this.#members.delete(next.value)
    }
    if (this.#members.size <= this.#limit) return
    const oldest = this.#members.keys().next()
    if (!oldest.done) this.#members.delete(oldest.value)
  }
}
