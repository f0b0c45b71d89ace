import type { Fence, LockLease } from '../../../lock/lock.ts'
import { statement, type Db } from '../statement.ts'

const acquire = statement<[string, string, number, number], { fence: number; lease_until: number }>(
  `INSERT INTO locks AS kept (key, owner, fence, lease_until) VALUES ($1, $2, 1, $3)
   ON CONFLICT (key) DO UPDATE SET fence = kept.fence + (CASE WHEN kept.owner <> $2 OR kept.lease_until <= $4 THEN 1 ELSE 0 END),
     owner = $2, lease_until = $3
     WHERE kept.owner = $2 OR kept.lease_until <= $4
   RETURNING fence, lease_until`,
)
const renew = statement<[number, string, string, number, number], { fence: number }>(
  `UPDATE locks SET lease_until = $1 WHERE key = $2 AND owner = $3 AND fence = $4 AND lease_until > $5 RETURNING fence`,
)
/** The row stays, with its fence: a fence is never given out twice. */
const release = statement<[string, string, number]>(
  "UPDATE locks SET owner = '', lease_until = 0 WHERE key = $1 AND owner = $2 AND fence = $3",
)
/** Held until the commit: nobody is given the key between this and what is written under it. */
const highest = statement<[string], { fence: number }>('SELECT fence FROM locks WHERE key = $1 FOR UPDATE')
/** The same for fences that are given out elsewhere: the highest that was ever seen here. */
const seen = statement<[string, number], { fence: number }>(
  `INSERT INTO locks AS kept (key, owner, fence, lease_until) VALUES ($1, '', $2, 0)
   ON CONFLICT (key) DO UPDATE SET fence = excluded.fence WHERE kept.fence <= excluded.fence RETURNING fence`,
)

export function lockOperations(db: Db, givenOut: 'here' | 'elsewhere') {
  return {
    async acquire(key: string, owner: string, leaseMs: number, now: number): Promise<LockLease | null> {
      const row = await db.one(acquire, key, owner, now + leaseMs, now)
      return row && { key, owner, fence: row.fence, leaseUntil: row.lease_until }
    },
    async renew(key: string, owner: string, fence: number, leaseMs: number, now: number): Promise<LockLease | null> {
      const leaseUntil = now + leaseMs
      return (await db.one(renew, leaseUntil, key, owner, fence, now)) && { key, owner, fence, leaseUntil }
    },
    release: async (key: string, owner: string, fence: number) => (await db.run(release, key, owner, fence)) === 1,
    /** Whether nobody was given the key since. */
    holds: async ({ key, fence }: Fence): Promise<boolean> =>
      givenOut === 'here' ? (await db.one(highest, key))?.fence === fence : (await db.one(seen, key, fence)) !== null,
  }
}
