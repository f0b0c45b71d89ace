import type { Fence, LockLease } from '../../../lock/lock.ts'
import { SERVER_NOW, statement, type Db } from '../statement.ts'

/** The caller's time, or the server's where that is left to it. */
const now = (parameter: string) => `coalesce(${parameter}::bigint, ${SERVER_NOW})`

const acquire = statement<[string, string, number, number | null], { fence: number; lease_until: number }>(
  `INSERT INTO locks AS kept (key, owner, fence, lease_until) VALUES ($1, $2, 1, ${now('$4')} + $3::bigint)
   ON CONFLICT (key) DO UPDATE SET
     fence = kept.fence + (CASE WHEN kept.owner <> $2 OR kept.lease_until <= ${now('$4')} THEN 1 ELSE 0 END),
     owner = $2, lease_until = excluded.lease_until
     WHERE kept.owner = $2 OR kept.lease_until <= ${now('$4')}
   RETURNING fence, lease_until`,
)
const renew = statement<[number, string, string, number, number | null], { lease_until: number }>(
  `UPDATE locks SET lease_until = ${now('$5')} + $1::bigint
   WHERE key = $2 AND owner = $3 AND fence = $4 AND lease_until > ${now('$5')} RETURNING lease_until`,
)
/** The row stays, with its fence: a fence is never given out twice. */
const release = statement<[string, string, number]>(
  "UPDATE locks SET owner = '', lease_until = 0 WHERE key = $1 AND owner = $2 AND fence = $3",
)
/** Held by a node that can write no more: nobody waits for the end of its leases. */
export const freeLocks = statement<[string]>(
  "UPDATE locks SET owner = '', lease_until = 0 WHERE starts_with(owner, $1)",
)
/** Held until the commit: nobody is given the key between this and what is written under it. */
const highest = statement<[string], { fence: number }>('SELECT fence FROM locks WHERE key = $1 FOR UPDATE')

/** @param clock whose time ends a lease: the clocks of several nodes differ, and one that is ahead would take every lock */
export function lockOperations(db: Db, clock: 'caller' | 'server') {
  const at = (callersNow: number) => (clock === 'caller' ? callersNow : null)
  return {
    async acquire(key: string, owner: string, leaseMs: number, callersNow: number): Promise<LockLease | null> {
      const row = await db.one(acquire, key, owner, leaseMs, at(callersNow))
      return row && { key, owner, fence: row.fence, leaseUntil: row.lease_until }
    },
    async renew(key: string, owner: string, fence: number, leaseMs: number, callersNow: number) {
      const row = await db.one(renew, leaseMs, key, owner, fence, at(callersNow))
      return row && { key, owner, fence, leaseUntil: row.lease_until }
    },
    release: async (key: string, owner: string, fence: number) => (await db.run(release, key, owner, fence)) === 1,
    /** Whether nobody was given the key since. */
    holds: async ({ key, fence }: Fence): Promise<boolean> => (await db.one(highest, key))?.fence === fence,
  }
}
