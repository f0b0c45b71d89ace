import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LockLease, LockStore } from '../../src/lock/lock.ts'

export interface OpenLockStore {
  store: LockStore
  /** Closes it and opens it again on the same data, as a restart does. */
  reopen(): Promise<LockStore>
  close(): Promise<void>
}

const T0 = Date.UTC(2026, 0, 15)
const LEASE_MS = 1000

/** What every LockStore must do. `open` gives an empty one. */
export function exerciseLockStore(name: string, open: () => Promise<OpenLockStore>): void {
  describe(`${name} as a lock store`, () => {
    let opened: OpenLockStore
    let store: LockStore

    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const acquire = (owner: string, now: number, key = 'k') => store.acquire(key, owner, LEASE_MS, now)
    async function acquired(owner: string, now: number, key = 'k'): Promise<LockLease> {
      const lease = await acquire(owner, now, key)
      if (!lease) throw new Error(`expected ${owner} to get ${key}, got nothing`)
      return lease
    }

    it('gives a free key to one owner and refuses the next until the lease is over', async () => {
      const first = await acquired('a', T0)
      expect(first).toMatchObject({ key: 'k', owner: 'a', leaseUntil: T0 + LEASE_MS })
      expect(await acquire('b', T0 + LEASE_MS - 1)).toBeNull()
      const second = await acquired('b', T0 + LEASE_MS)
      expect(second.fence).toBeGreaterThan(first.fence)
    })

    it('gives the key to its holder again, with the same fence and a new lease', async () => {
      const first = await acquired('a', T0)
      expect(await acquired('a', T0 + 400)).toEqual({ ...first, leaseUntil: T0 + 400 + LEASE_MS })
    })

    it('gives a higher fence to an owner that comes back after its lease was over', async () => {
      const first = await acquired('a', T0)
      expect((await acquired('a', T0 + LEASE_MS)).fence).toBeGreaterThan(first.fence)
    })

    it('keeps keys apart', async () => {
      await acquired('a', T0, 'one')
      await acquired('b', T0, 'two')
      expect(await acquire('b', T0, 'one')).toBeNull()
    })

    it('renews for the holder only, and only while the lease stands', async () => {
      const { fence } = await acquired('a', T0)
      expect(await store.renew('k', 'a', fence, LEASE_MS, T0 + 900)).toMatchObject({ fence, leaseUntil: T0 + 1900 })
      expect(await store.renew('k', 'b', fence, LEASE_MS, T0 + 900)).toBeNull()
      expect(await store.renew('k', 'a', fence + 1, LEASE_MS, T0 + 900)).toBeNull()
      expect(await store.renew('k', 'a', fence, LEASE_MS, T0 + 1900)).toBeNull()
      expect(await store.renew('none', 'a', fence, LEASE_MS, T0)).toBeNull()
    })

    it('releases for the holder only, once, and the key is free', async () => {
      const { fence } = await acquired('a', T0)
      expect(await store.release('k', 'b', fence)).toBe(false)
      expect(await store.release('k', 'a', fence - 1)).toBe(false)
      expect(await store.release('k', 'a', fence)).toBe(true)
      expect(await store.release('k', 'a', fence)).toBe(false)
      expect(await store.renew('k', 'a', fence, LEASE_MS, T0)).toBeNull()
      expect((await acquired('b', T0)).fence).toBeGreaterThan(fence)
    })

    it('lets a holder whose lease went to another change nothing', async () => {
      const stale = await acquired('a', T0)
      const next = await acquired('b', T0 + LEASE_MS)
      expect(await store.release('k', 'a', stale.fence)).toBe(false)
      expect(await store.renew('k', 'a', stale.fence, LEASE_MS, T0 + LEASE_MS)).toBeNull()
      expect(await acquired('b', T0 + LEASE_MS)).toEqual(next)
    })

    it('lets exactly one of many win who ask at the same time', async () => {
      const owners = Array.from({ length: 20 }, (_, i) => `owner ${i}`)
      const leases = await Promise.all(owners.map((owner) => acquire(owner, T0)))
      expect(leases.filter((lease) => lease !== null)).toHaveLength(1)
    })

    it('keeps leases and never gives a fence out twice, also over a restart', async () => {
      const held = await acquired('a', T0, 'held')
      const released = await acquired('a', T0, 'released')
      await store.release('released', 'a', released.fence)
      store = await opened.reopen()
      expect(await acquire('b', T0, 'held')).toBeNull()
      expect((await acquired('b', T0 + LEASE_MS, 'held')).fence).toBeGreaterThan(held.fence)
      expect((await acquired('b', T0, 'released')).fence).toBeGreaterThan(released.fence)
    })

    it('agrees with a model over any story of owners and time', async () => {
      const move = fc.record({
        call: fc.constantFrom('acquire' as const, 'renew' as const, 'release' as const),
        owner: fc.constantFrom('a', 'b', 'c'),
        passMs: fc.constantFrom(0, 1, 300, 999, 1000),
      })
      let story = 0
      await fc.assert(
        fc.asyncProperty(fc.array(move, { maxLength: 30 }), async (moves) => {
          const key = `story ${story++}`
          let now = T0
          let holder: { owner: string; fence: number; until: number } | null = null
          let highest = 0
          const fences: Record<string, number> = { a: 0, b: 0, c: 0 }
          for (const { call, owner, passMs } of moves) {
            now += passMs
            if (holder && holder.until <= now) holder = null
            const mine = holder?.owner === owner && holder.fence === fences[owner]
            if (call === 'acquire') {
              const lease = await store.acquire(key, owner, LEASE_MS, now)
              expect(lease !== null).toBe(!holder || mine)
              if (!lease) continue
              if (holder) expect(lease.fence).toBe(holder.fence)
              else expect(lease.fence).toBeGreaterThan(highest)
              highest = fences[owner] = lease.fence
              holder = { owner, fence: lease.fence, until: now + LEASE_MS }
            } else if (call === 'renew') {
              const lease = await store.renew(key, owner, fences[owner] ?? 0, LEASE_MS, now)
              expect(lease !== null).toBe(mine)
              if (holder && mine) holder.until = now + LEASE_MS
            } else if (mine) {
              expect(await store.release(key, owner, fences[owner] ?? 0)).toBe(true)
              holder = null
            }
          }
        }),
        { numRuns: 100 },
      )
    })
  })
}

/** What a LockStore must do that several nodes use, whose clocks differ: its server's clock ends a lease. `open` gives an empty one. */
export function exerciseLeasesByServer(name: string, open: () => Promise<OpenLockStore>): void {
  describe(`${name} as a lock store of several nodes`, () => {
    let opened: OpenLockStore
    let store: LockStore

    beforeEach(async () => {
      opened = await open()
      store = opened.store
    })
    afterEach(() => opened.close())

    const LONG_MS = 600_000
    const HOURS = 72 * 3_600_000
    /** As soon as it can be had. */
    async function taken(owner: string, now: number): Promise<LockLease> {
      for (;;) {
        const lease = await store.acquire('k', owner, LONG_MS, now)
        if (lease) return lease
      }
    }

    it('gives a key to one at a time, whatever the time is where it is asked', async () => {
      const first = await taken('a', Date.now() - HOURS)
      for (const now of [T0, Date.now() - HOURS, Date.now() + HOURS]) {
        expect(await store.acquire('k', 'b', LONG_MS, now)).toBeNull()
        expect(await store.renew('k', 'a', first.fence, LONG_MS, now)).toMatchObject({ fence: first.fence })
        expect(await store.acquire('k', 'a', LONG_MS, now)).toMatchObject({ fence: first.fence })
      }
      const lease = await store.renew('k', 'a', first.fence, LONG_MS, T0)
      expect(Math.abs((lease?.leaseUntil ?? 0) - Date.now() - LONG_MS)).toBeLessThan(60_000)
    })

    it('gives it to the next with a higher fence when the lease is over, also by one whose clock is behind', async () => {
      const first = await store.acquire('k', 'a', 50, Date.now() + HOURS)
      const next = await taken('b', Date.now() - HOURS)
      expect(next.fence).toBeGreaterThan(first?.fence ?? Infinity)
      expect(await store.renew('k', 'a', first?.fence ?? 0, LONG_MS, T0)).toBeNull()
      expect(await store.release('k', 'a', first?.fence ?? 0)).toBe(false)
      expect(await store.release('k', 'b', next.fence)).toBe(true)
    })

    it('keeps leases and never gives a fence out twice, also over a restart', async () => {
      const held = await taken('a', T0)
      store = await opened.reopen()
      expect(await store.acquire('k', 'b', LONG_MS, T0)).toBeNull()
      expect(await store.release('k', 'a', held.fence)).toBe(true)
      expect((await taken('b', T0)).fence).toBeGreaterThan(held.fence)
    })
  })
}
