import type { JobRecord } from '../../../jobs/store.ts'
import type { Entry } from '../../../queue/store.ts'
import { statement } from '../statement.ts'
import { together } from '../together.ts'
import type { Ground, MessageRows } from './message-rows.ts'

const insert = statement<[number, string, string, number, number]>(
  'INSERT INTO jobs (id, queue, payload, priority, created_at) VALUES ($1, $2, $3, $4, $5)',
)
/** Only by whoever owns its entry. */
const begin = statement<[number, number, string, number, string], JobRecord>(
  `UPDATE jobs SET attempt = attempt + 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM queue_entries q
     WHERE q.owner = $2 AND q.queue = $3 AND q.priority = $4 AND q.lane = $5 AND q.id = $1) RETURNING id, payload, attempt`,
)
const remove = statement<[number]>('DELETE FROM jobs WHERE id = $1')
const fail = statement<[string, number | null, number]>('UPDATE jobs SET error = $1, failed_at = $2 WHERE id = $3')

export function jobOperations({ db, self }: Ground, rows: MessageRows) {
  return {
    async insert(entry: Entry, payload: string, dueAt: number, now: number): Promise<void> {
      const { id, queue, priority } = entry
      const place = dueAt > now ? rows.delay(entry, dueAt) : rows.enqueue(entry)
      await together([db.run(insert, id, queue, payload, priority, now), place])
    },
    begin: ({ id, queue, priority, lane }: Entry): Promise<JobRecord | null> =>
      db.one(begin, id, self.own, queue, priority, lane),
    async complete(entry: Entry): Promise<void> {
      await together([rows.dequeue(entry), db.run(remove, entry.id)])
    },
    async fail(entry: Entry, error: string, retryAt: number | null, now: number): Promise<void> {
      await rows.dequeue(entry)
      await db.run(fail, error, retryAt === null ? now : null, entry.id)
      if (retryAt !== null) await rows.delay(entry, retryAt)
    },
  }
}
