/**
 * Shares of a day's quota, by node. What a node has used never exceeds what it was granted, and of all nodes the larger of the two is
 * never more than the quota in sum: it is handed out under one lock per service.
 */
import type { Grant, GrantWrite } from '../../../services/services.ts'
import { statement, type Db } from '../statement.ts'
import type { Gathering } from '../waves.ts'

/** Of what is left, a node gets so much of its part, so that little is stranded with one that stops using it. */
const PART = 1 / 2

const lock = statement<[number]>(
  `SELECT pg_advisory_xact_lock(hashtextextended('signalbox quota ' || current_schema() || ' ' || $1::bigint, 0))`,
)
const standing = statement<[number, number, number], { own: number; others: number; taken: number; working: number }>(
  `SELECT coalesce(sum(count) FILTER (WHERE node = $3), 0) AS own,
     coalesce(sum(count) FILTER (WHERE node <> $3), 0) AS others,
     coalesce(sum(greatest(count, granted)) FILTER (WHERE node <> $3), 0) AS taken,
     (SELECT count(*) FROM nodes WHERE role <> 'api' AND NOT ended) AS working
   FROM service_uses WHERE service_id = $1 AND day = $2`,
)
const put = statement<[number, number, number, number]>(
  `INSERT INTO service_uses (service_id, day, node, count, granted) VALUES ($1, $2, $3, 0, $4)
   ON CONFLICT (service_id, day, node) DO UPDATE SET granted = excluded.granted`,
)
/** What this number was granted before, and what those were that no node has any more: only what they have used counts on. */
export const freeShares = statement<[number]>(
  `UPDATE service_uses SET granted = 0
   WHERE granted > 0 AND (node = $1 OR NOT EXISTS (SELECT 1 FROM nodes WHERE number = node))`,
)

/** @param node the number under which it counts */
export function quotaOperations(db: Db, node: number) {
  async function grantOne({ serviceId, day, quota, keeps, more }: GrantWrite): Promise<Grant> {
    await db.all(lock, serviceId)
    // Asked for after the lock: whoever had it before has committed.
    const found = await db.one(standing, serviceId, day, node)
    if (!found) throw new Error('expected the sum of a quota to be one row, got none')
    const { own, others, taken, working } = found
    // What certainly failed may still stand there.
    const base = Math.max(keeps, own)
    const left = Math.max(0, quota - taken - base)
    const portion = more ? Math.min(left, Math.max(1, Math.floor((left * PART) / Math.max(1, working)))) : 0
    const upTo = base + portion
    await db.run(put, serviceId, day, node, upTo)
    return { upTo, others, held: taken - others }
  }

  /** In the order of their services, as every node takes their locks. */
  const grant: Gathering<GrantWrite, Grant> = {
    keysOf: ({ serviceId }) => [`quota ${serviceId}`],
    async run(writes) {
      const granted = new Map<GrantWrite, Grant>()
      for (const write of writes.toSorted((a, b) => a.serviceId - b.serviceId))
        granted.set(write, await grantOne(write))
      return writes.map((write) => granted.get(write) as Grant)
    },
  }
  return { grant }
}
