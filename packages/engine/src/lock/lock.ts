/**
 * Mutual exclusion with leases and fences.
 */

export interface LockLease {
  key: string
  owner: string
  /** Goes up with every new holder of the key, for ever; a store refuses a write with a lower one. */
  fence: number
  /** Epoch ms. */
  leaseUntil: number
}

/**
 * Where leases live. `acquire` gives the key to one owner at a time: it succeeds when the key is free, its lease is over
 * at `now`, or `owner` holds it already (the fence then stays). A fence is never given out twice, also across restarts.
 */
export interface LockStore {
  acquire(key: string, owner: string, leaseMs: number, now: number): Promise<LockLease | null>
  /** Extends a lease that this owner still holds with this fence; null when it is lost. */
  renew(key: string, owner: string, fence: number, leaseMs: number, now: number): Promise<LockLease | null>
  /** Resolves to false when it was no longer held. */
  release(key: string, owner: string, fence: number): Promise<boolean>
}

/** Owners within a node are named so, and then differently with every start: where it ends, the store frees what they hold. */
export const ownersOf = (lease: number): string => `node ${lease}/`

/**
 * Goes with a write that only the holder of a lock may make. A store refuses it once the key was given to anybody with a
 * higher fence: whoever lost its lease without noticing changes nothing.
 */
export interface Fence {
  key: string
  fence: number
}

export interface LockOptions {
  /** Lease in ms; the watchdog renews it at a third while the routine runs. */
  ttl: number
  /** How long to wait for the key, ms. 0 (default): refuse at once. Waiters are served in order. */
  wait?: number
  /** A re-entrant lock may be taken again by the same owner; it is free when taken and given back equally often. */
  reentrant?: { owner: string }
  signal?: AbortSignal
}

export interface Locks {
  /**
   * Runs `routine` while holding `key`. `signal` aborts when the lease is lost, `fence` goes to the store with every
   * write. Throws `EngineError('conflict')` when the key could not be had in time. Always gives the key back.
   */
  using<T>(key: string, options: LockOptions, routine: (signal: AbortSignal, fence: number) => Promise<T>): Promise<T>
}
