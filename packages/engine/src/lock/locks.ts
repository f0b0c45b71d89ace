import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { EngineError } from '../errors.ts'
import { Hold } from './hold.ts'
import type { LockOptions, Locks, LockStore } from './lock.ts'
import { Turns } from './turns.ts'

/** While another process holds the key, it is asked for this often, by the first in line only. */
const LOOK_AGAIN_MS = 50

export interface LocksDeps {
  store: LockStore
  clock: Clock
  /** Tells this process from others on the same store, also from its own life before a crash. Default: random. */
  owner?: string
}

export function createLocks({ store, clock, owner: ownProcess = randomUUID() }: LocksDeps): Locks {
  const turns = new Turns(clock)
  const held = new Map<string, Hold>()
  let taken = 0

  function refused(key: string, waitMs: number): EngineError {
    return new EngineError('conflict', `expected lock ${JSON.stringify(key)} to be free within ${waitMs} ms, got held`)
  }

  /** The hold that the same owner has already, for a re-entrant lock. */
  function heldBy(owner: string, key: string): Hold | undefined {
    const hold = held.get(key)
    return hold?.lease.owner === owner ? hold : undefined
  }

  async function obtain(key: string, owner: string, { ttl, wait = 0, signal }: LockOptions): Promise<Hold> {
    const deadline = clock.monotonic() + wait
    if (!(await turns.take(key, wait, signal))) throw refused(key, wait)
    try {
      for (;;) {
        signal?.throwIfAborted()
        const askedAt = clock.monotonic()
        const lease = await store.acquire(key, owner, ttl, clock.now())
        if (lease) {
          const hold = new Hold(store, clock, lease, ttl, askedAt)
          held.set(key, hold)
          return hold
        }
        const leftMs = deadline - clock.monotonic()
        if (leftMs <= 0) throw refused(key, wait)
        await pause(clock, Math.min(LOOK_AGAIN_MS, leftMs), signal)
      }
    } catch (error) {
      turns.pass(key)
      throw error
    }
  }

  async function giveBack(key: string, hold: Hold): Promise<void> {
    held.delete(key)
    await hold.end()
    turns.pass(key)
  }

  return {
    async using(key, options, routine) {
      const { ttl, reentrant, signal } = options
      if (!(ttl > 0)) throw new RangeError(`expected ttl to be a positive number of ms, got ${ttl}`)
      signal?.throwIfAborted()
      // Without re-entrancy each call is an owner of its own: the store lets an owner in twice.
      const owner = reentrant ? `${ownProcess}/${reentrant.owner}` : `${ownProcess}#${++taken}`
      const hold = heldBy(owner, key) ?? (await obtain(key, owner, options))
      hold.depth++
      try {
        hold.signal.throwIfAborted()
        signal?.throwIfAborted()
        return await routine(signal ? AbortSignal.any([hold.signal, signal]) : hold.signal, hold.lease.fence)
      } finally {
        hold.depth--
        if (hold.depth === 0) await giveBack(key, hold)
      }
    },
  }
}

/** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel()
      reject(signal?.reason as Error)
    }
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    })
    signal?.addEventListener('abort', abort, { once: true })
  })
}
