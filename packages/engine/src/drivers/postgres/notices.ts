/**
 * What no trigger can tell, because its tables are written with every message: which of those that waited were cancelled, for
 * the node that has their places in memory. Gathered, and told with the transaction.
 */
import type { StoreChange } from '../../nodes/changes.ts'
import type { Entry } from '../../queue/store.ts'
import { changesChannel } from './schema/changes.ts'
import { statement, type Db } from './statement.ts'
import { together } from './together.ts'

export interface Notices {
  /** `owner`: whose it was, 0 nobody's; null: it waited for its time. */
  cancelled(entry: Entry, owner: number | null): void
  /** Within the transaction; asks everything at once. */
  flush(): Promise<void>
  clear(): void
}

/** Ids have up to 17 digits, and a notice 8,000 bytes. */
const NAMED_AT_MOST = 300
const notify = statement<[string, string]>('SELECT pg_notify($1, $2)')

type Cancelled = Extract<StoreChange, { kind: 'cancelled' }>

export function createNotices(db: Db, schema: string): Notices {
  const channel = changesChannel(schema)
  const gathered = new Map<string, Cancelled[]>()

  return {
    cancelled({ priority, lane, id }, owner) {
      const node = owner === null || owner === 0 ? null : owner - 1
      const key = `${node} ${priority} ${lane}`
      const of = gathered.get(key) ?? []
      gathered.set(key, of)
      const last = of.at(-1)
      if (last && last.ids.length < NAMED_AT_MOST) last.ids.push(id)
      else of.push({ kind: 'cancelled', node, priority, lane, ids: [id] })
    },
    async flush() {
      if (gathered.size === 0) return
      const told = [...gathered.values()].flat().map((change) => db.one(notify, channel, JSON.stringify(change)))
      gathered.clear()
      await together(told)
    },
    clear: () => gathered.clear(),
  }
}
