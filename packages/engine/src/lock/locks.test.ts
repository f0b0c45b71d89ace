import { beforeEach, describe, expect, it } from 'vitest'
import { exerciseLockStore } from '../../test/conformance/locks.ts'
import { ManualClock } from '../../test/support/manual-clock.ts'
import { MemoryLockStore } from '../../test/support/memory-locks.ts'
import type { Locks, LockStore } from './lock.ts'
import { createLocks } from './locks.ts'

exerciseLockStore('memory', async () => {
  const store = new MemoryLockStore()
  return { store, reopen: async () => store, close: async () => {} }
})

const TTL = 3000

let clock: ManualClock
let store: MemoryLockStore
let locks: Locks

beforeEach(() => {
  clock = new ManualClock()
  store = new MemoryLockStore()
  locks = createLocks({ store, clock, owner: 'here' })
})

/** Lets everything that is already settled run on. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Takes the lock in the background and holds it until told to end. */
function hold(key: string, options: Partial<Parameters<Locks['using']>[1]> = {}, from: Locks = locks) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const holder = { signal: null as AbortSignal | null, fence: 0, end: resolve, done: Promise.resolve() }
  holder.done = from.using(key, { ttl: TTL, ...options }, async (signal, fence) => {
    Object.assign(holder, { signal, fence })
    await promise
  })
  return holder
}

describe('a lock', () => {
  it('runs the routine with a fence that goes up with every holder, and gives its result', async () => {
    const fences = [await locks.using('k', { ttl: TTL }, async (_signal, fence) => fence)]
    fences.push(await locks.using('k', { ttl: TTL }, async (_signal, fence) => fence))
    expect(fences[1]).toBeGreaterThan(fences[0] ?? Infinity)
    expect(clock.pending).toBe(0)
  })

  it('is given back when the routine fails, with its error', async () => {
    const failing = locks.using('k', { ttl: TTL }, async () => Promise.reject(new Error('mine')))
    await expect(failing).rejects.toThrow('mine')
    await locks.using('k', { ttl: TTL }, async () => {})
    expect(clock.pending).toBe(0)
  })

  it('refuses at once without a wait, also the same process', async () => {
    const first = hold('k')
    await settled()
    await expect(locks.using('k', { ttl: TTL }, async () => {})).rejects.toMatchObject({ reason: 'conflict' })
    first.end()
    await first.done
  })

  it('serves those who wait in the order in which they came', async () => {
    const order: number[] = []
    const first = hold('k')
    await settled()
    const rest = [1, 2, 3].map((n) => locks.using('k', { ttl: TTL, wait: 10_000 }, async () => void order.push(n)))
    await settled()
    expect(order).toEqual([])
    first.end()
    await Promise.all(rest)
    expect(order).toEqual([1, 2, 3])
    expect(clock.pending).toBe(0)
  })

  it('gives up waiting in time, and those behind keep their places', async () => {
    const first = hold('k')
    await settled()
    const impatient = locks.using('k', { ttl: TTL, wait: 100 }, async () => {})
    const patient = locks.using('k', { ttl: TTL, wait: 10_000 }, async () => 'served')
    await settled()
    clock.advance(100)
    await expect(impatient).rejects.toMatchObject({ reason: 'conflict' })
    first.end()
    expect(await patient).toBe('served')
  })

  it('stops waiting when the caller’s signal aborts', async () => {
    const first = hold('k')
    await settled()
    const controller = new AbortController()
    const waiting = locks.using('k', { ttl: TTL, wait: 10_000, signal: controller.signal }, async () => {})
    await settled()
    controller.abort(new Error('changed my mind'))
    await expect(waiting).rejects.toThrow('changed my mind')
    first.end()
    await first.done
    expect(clock.pending).toBe(0)
  })

  it('hands the caller’s signal on to the routine', async () => {
    const controller = new AbortController()
    const holder = hold('k', { signal: controller.signal })
    await settled()
    controller.abort()
    expect(holder.signal?.aborted).toBe(true)
    holder.end()
    await holder.done
  })
})

describe('between processes', () => {
  it('waits for the other to give back, or for its lease to end', async () => {
    const there = createLocks({ store, clock, owner: 'there' })
    const other = hold('k', {}, there)
    await settled()
    let served = false
    const waiting = locks.using('k', { ttl: TTL, wait: 10_000 }, async () => void (served = true))
    await settled()
    clock.advance(50)
    await settled()
    expect(served).toBe(false)
    other.end()
    await other.done
    clock.advance(50)
    await waiting
    expect(served).toBe(true)
  })

  it('refuses when the wait is over and the other still holds the key, and serves the next who asks', async () => {
    const lease = await store.acquire('k', 'there', 60_000, clock.now())
    const waiting = locks.using('k', { ttl: TTL, wait: 120 }, async () => {}).catch((error: unknown) => error)
    for (let i = 0; i < 4; i++) {
      await settled()
      clock.advance(40)
    }
    expect(await waiting).toMatchObject({ reason: 'conflict' })
    expect(clock.pending).toBe(0)
    await store.release('k', 'there', lease?.fence ?? 0)
    expect(await locks.using('k', { ttl: TTL }, async () => 'served')).toBe('served')
  })
})

describe('the watchdog', () => {
  it('renews at a third of the lease for as long as the routine runs', async () => {
    const holder = hold('k')
    await settled()
    for (let i = 0; i < 10; i++) {
      clock.advance(TTL / 3)
      await settled()
    }
    expect(holder.signal?.aborted).toBe(false)
    expect(await store.acquire('k', 'there', TTL, clock.now())).toBeNull()
    holder.end()
    await holder.done
    expect(clock.pending).toBe(0)
  })

  it('aborts the routine when another owner has the key', async () => {
    const holder = hold('k')
    await settled()
    clock.step(TTL)
    const thief = await store.acquire('k', 'there', TTL, clock.now())
    expect(thief?.fence).toBeGreaterThan(holder.fence)
    clock.advance(0)
    await settled()
    expect(holder.signal?.reason).toMatchObject({ reason: 'conflict' })
    holder.end()
    await holder.done
    expect(await store.renew('k', 'there', thief?.fence ?? 0, TTL, clock.now())).not.toBeNull()
  })

  it.each<[string, LockStore['renew']]>([
    ['fails', async () => Promise.reject(new Error('store is down'))],
    ['does not answer', () => new Promise(() => {})],
  ])('aborts the routine when the lease is over by its own clock, if the store %s', async (_how, renew) => {
    store.renew = renew
    const holder = hold('k')
    await settled()
    for (let passed = 0; passed < TTL - 1; passed++) {
      clock.advance(1)
      if (passed % 100 === 0) await settled()
    }
    expect(holder.signal?.aborted).toBe(false)
    clock.advance(1)
    expect(holder.signal?.reason).toMatchObject({ reason: 'conflict' })
    holder.end()
    await holder.done
    expect(clock.pending).toBe(0)
  })
})

describe('a re-entrant lock', () => {
  const reentrant = { owner: 'job 7' }

  it('lets its owner in again with the same fence and is free after the last giving back', async () => {
    await locks.using('k', { ttl: TTL, reentrant }, async (_signal, outer) => {
      await locks.using('k', { ttl: TTL, reentrant }, async (_inner, fence) => {
        expect(fence).toBe(outer)
      })
      await expect(locks.using('k', { ttl: TTL }, async () => {})).rejects.toMatchObject({ reason: 'conflict' })
    })
    await locks.using('k', { ttl: TTL }, async () => {})
  })

  it('stays held while an inner routine outlives the outer one', async () => {
    const outer = hold('k', { reentrant })
    await settled()
    const inner = hold('k', { reentrant })
    outer.end()
    await outer.done
    await expect(locks.using('k', { ttl: TTL }, async () => {})).rejects.toMatchObject({ reason: 'conflict' })
    inner.end()
    await inner.done
    await locks.using('k', { ttl: TTL }, async () => {})
  })

  it('keeps other owners out, and an owner of the same name in another process', async () => {
    const there = createLocks({ store, clock, owner: 'there' })
    const holder = hold('k', { reentrant })
    await settled()
    const conflict = { reason: 'conflict' }
    await expect(locks.using('k', { ttl: TTL, reentrant: { owner: 'job 8' } }, async () => {})).rejects.toMatchObject(
      conflict,
    )
    await expect(there.using('k', { ttl: TTL, reentrant }, async () => {})).rejects.toMatchObject(conflict)
    holder.end()
    await holder.done
  })

  it('lets nobody in again after its lease was lost', async () => {
    store.renew = async () => null
    const holder = hold('k', { reentrant })
    await settled()
    clock.advance(TTL / 3)
    await settled()
    await expect(locks.using('k', { ttl: TTL, reentrant }, async () => {})).rejects.toMatchObject({
      reason: 'conflict',
    })
    holder.end()
    await holder.done
  })
})
