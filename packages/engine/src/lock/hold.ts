import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import type { LockLease, LockStore } from './lock.ts'

/**
 * A lease while it is held. Its watchdog:
 * 1. renews the lease a third of its time after the last renewal;
 * 2. aborts `signal` when the store says that someone else has the key, and at the latest when the lease is over by our
 *    own clock, counted from before it was asked for - also when the store fails or does not answer.
 */
export class Hold {
  readonly lease: LockLease
  readonly #store: LockStore
  readonly #clock: Clock
  readonly #ttl: number
  readonly #lost = new AbortController()
  #ended = false
  #cancelRenewal: () => void = () => {}
  #cancelLapse: () => void = () => {}
  /** How often it was taken and not yet given back; above 1 only when re-entrant. */
  depth = 0

  /** `askedAt`: monotonic, before the store was asked for the lease. */
  constructor(store: LockStore, clock: Clock, lease: LockLease, ttl: number, askedAt: number) {
    this.#store = store
    this.#clock = clock
    this.#ttl = ttl
    this.lease = lease
    this.#leaseAgain(askedAt)
  }

  get signal(): AbortSignal {
    return this.#lost.signal
  }

  /** Ends the watch and gives the key back. A store that fails here keeps the key no longer than the lease. */
  async end(): Promise<void> {
    this.#stop()
    const { key, owner, fence } = this.lease
    await this.#store.release(key, owner, fence).catch(() => false)
  }

  #leaseAgain(askedAt: number): void {
    this.#cancelLapse()
    const leftMs = askedAt + this.#ttl - this.#clock.monotonic()
    this.#cancelLapse = this.#clock.after(leftMs, () => this.#lose('its lease ran out before it was renewed'))
    this.#renewLater()
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#clock.after(this.#ttl / 3, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { key, owner, fence } = this.lease
    const askedAt = this.#clock.monotonic()
    try {
      const renewed = await this.#store.renew(key, owner, fence, this.#ttl, this.#clock.now())
      if (this.#ended) return
      if (renewed) this.#leaseAgain(askedAt)
      else this.#lose('another owner has it')
    } catch {
      // Not an answer: the lease stands until its time, so ask again.
      if (!this.#ended) this.#renewLater()
    }
  }

  #lose(why: string): void {
    this.#stop()
    this.#lost.abort(new EngineError('conflict', `lock ${JSON.stringify(this.lease.key)} was lost: ${why}`))
  }

  #stop(): void {
    this.#ended = true
    this.#cancelRenewal()
    this.#cancelLapse()
  }
}
