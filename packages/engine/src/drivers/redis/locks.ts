/** Leases in Redis, judged by its clock. A fence is above all earlier ones also when Redis has forgotten them. */
import type { LockStore } from '../../lock/lock.ts'
import type { RedisLink } from './link.ts'
import { script } from './script.ts'

const acquire = script('acquire')
const renew = script('renew')
const release = script('release')

export interface LocksOptions {
  /** Whose time ends a lease. The caller's is for one process with a clock of its own: those of several differ. */
  clock?: 'server' | 'caller'
}

export function createLockStore(link: RedisLink, { clock = 'server' }: LocksOptions = {}): LockStore {
  const keyOf = (key: string) => `${link.prefix}:lock:${key}`
  const at = (now: number) => (clock === 'caller' ? now : '')
  return {
    async acquire(key, owner, leaseMs, now) {
      const given = (await link.run(acquire, [keyOf(key)], [owner, leaseMs, at(now)])) as [number, number] | null
      return given && { key, owner, fence: given[0], leaseUntil: given[1] }
    },
    async renew(key, owner, fence, leaseMs, now) {
      const leaseUntil = (await link.run(renew, [keyOf(key)], [owner, fence, leaseMs, at(now)])) as number | null
      return leaseUntil === null ? null : { key, owner, fence, leaseUntil }
    },
    release: async (key, owner, fence) => (await link.run(release, [keyOf(key)], [owner, fence])) === 1,
  }
}
