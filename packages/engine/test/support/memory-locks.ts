import type { LockLease, LockStore } from '../../src/lock/lock.ts'

/** A LockStore in memory that passes the same conformance suite as the stores of the drivers. */
export class MemoryLockStore implements LockStore {
  /** Released keys stay with their fence. */
  readonly #leases = new Map<string, LockLease>()

  async acquire(key: string, owner: string, leaseMs: number, now: number): Promise<LockLease | null> {
    const last = this.#leases.get(key)
    const standing = last !== undefined && last.leaseUntil > now
    if (standing && last.owner !== owner) return null
    const fence = standing ? last.fence : (last?.fence ?? 0) + 1
    return this.#put({ key, owner, fence, leaseUntil: now + leaseMs })
  }

  async renew(key: string, owner: string, fence: number, leaseMs: number, now: number): Promise<LockLease | null> {
    const last = this.#leases.get(key)
    if (!last || last.owner !== owner || last.fence !== fence || last.leaseUntil <= now) return null
    return this.#put({ ...last, leaseUntil: now + leaseMs })
  }

  async release(key: string, owner: string, fence: number): Promise<boolean> {
    const last = this.#leases.get(key)
    if (!last || last.owner !== owner || last.fence !== fence) return false
    this.#put({ ...last, owner: '', leaseUntil: 0 })
    return true
  }

  #put(lease: LockLease): LockLease {
    this.#leases.set(lease.key, lease)
    return { ...lease }
  }
}
