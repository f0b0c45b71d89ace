import type { JobRecord } from '../../../jobs/store.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'

export function jobOperations(db: Db) {
  const insertJob = db.prepare(
    'INSERT INTO jobs (id, queue, payload, priority, created_at) VALUES (@id, @queue, @payload, @priority, @now)',
  )
  const insertEntry = db.prepare('INSERT INTO queue_entries VALUES (@queue, @priority, @lane, @id)')
  const insertDelay = db.prepare(
    'INSERT INTO queue_delays (due_at, id, queue, priority, lane) VALUES (@dueAt, @id, @queue, @priority, @lane)',
  )
  const deleteEntry = db.prepare(
    'DELETE FROM queue_entries WHERE queue = @queue AND priority = @priority AND lane = @lane AND id = @id',
  )
  const begin = db.prepare<[number], JobRecord>(
    'UPDATE jobs SET attempt = attempt + 1 WHERE id = ? RETURNING id, payload, attempt',
  )
  const remove = db.prepare('DELETE FROM jobs WHERE id = ?')
  const fail = db.prepare('UPDATE jobs SET error = ?, failed_at = ? WHERE id = ?')

  return {
    insert(entry: Entry, payload: string, dueAt: number, now: number): void {
      insertJob.run({ ...entry, payload, now })
      if (dueAt > now) insertDelay.run({ ...entry, dueAt })
      else insertEntry.run(entry)
    },
    begin: (entry: Entry): JobRecord | null => begin.get(entry.id) ?? null,
    complete(entry: Entry): void {
      deleteEntry.run(entry)
      remove.run(entry.id)
    },
    fail(entry: Entry, error: string, retryAt: number | null, now: number): void {
      deleteEntry.run(entry)
      fail.run(error, retryAt === null ? now : null, entry.id)
      if (retryAt !== null) insertDelay.run({ ...entry, dueAt: retryAt })
    },
  }
}
