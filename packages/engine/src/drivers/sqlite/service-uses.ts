/** How many messages each service has sent in the day of its quota: counted with the claims, exact after a crash. */
import type { ServiceUse } from '../../services/services.ts'
import type { Db } from './database.ts'

/** Longer than any day of a quota, should a clock be put back. */
const KEPT_MS = 7 * 86_400_000

export interface ServiceUses {
  count(serviceId: number, day: number, by: 1 | -1): void
  /** Writes what was added up. Inside the transaction. */
  flush(): void
  /** Forgets it: the transaction was rolled back, or flushed. */
  clear(): void
}

export function createServiceUses(db: Db): ServiceUses {
  const upsert = db.prepare(
    'INSERT INTO service_uses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = max(0, count + excluded.count)',
  )
  const byService = new Map<number, Map<number, number>>()
  return {
    count(serviceId, day, by) {
      let days = byService.get(serviceId)
      if (!days) byService.set(serviceId, (days = new Map()))
      days.set(day, (days.get(day) ?? 0) + by)
    },
    flush() {
      for (const [serviceId, days] of byService) {
        for (const [day, count] of days) if (count !== 0) upsert.run(serviceId, day, count)
      }
    },
    clear: () => byService.clear(),
  }
}

/** Those of the last days, as they stand; older ones are removed. */
export function serviceUses(db: Db): (now: number) => ServiceUse[] {
  const forget = db.prepare('DELETE FROM service_uses WHERE day < ?')
  const select = db.prepare<[], ServiceUse>(
    'SELECT service_id AS serviceId, day, count, count AS own FROM service_uses',
  )
  return (now) => {
    forget.run(now - KEPT_MS)
    return select.all()
  }
}
