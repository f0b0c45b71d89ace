/** Looks at providers: who is to be asked after, and what an answer makes of a message. */
import type { Look, LookCandidate, LookQuery, LookResult, LookWrite } from '../../../lookups/store.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { MessageOperations } from './messages.ts'

interface Read {
  /** As far as it was looked through. */
  id: number
  serviceId: number | null
  finishedAt: number | null
  state: string
}

export function lookOperations(db: Db, messages: MessageOperations) {
  const insert = db.prepare(
    `INSERT OR REPLACE INTO message_looks VALUES (@recordId, @at, @attempt, @serviceId, @startedAt, @answer, @code, @detail)`,
  )

  /** Null when the answer changes nothing. */
  function move(look: LookWrite, record: MessageRecord): { record: MessageRecord; requeued: boolean } | null {
    const { recordId: id, fence, answer, at } = look
    if (answer === 'unknown' || record.fence !== fence) return null
    if (answer === 'delivered' || record.state === 'sent') {
      if (answer !== 'delivered' && answer !== 'failed') return null
      const said = {
        ...(look.code === null ? {} : { code: look.code }),
        ...(look.detail === null ? {} : { detail: look.detail }),
      }
      const told = messages.receipt({ recordId: id, state: answer, at: look.deliveredAt ?? at, ...said }, at)
      return told?.moved ? { record: told.record, requeued: false } : null
    }
    if (answer === 'not_found') return messages.notSent(id, fence, look.maxRetries, at)
    const { providerId, code: errorCode, detail: errorMessage } = look
    const state = answer === 'accepted' ? 'sent' : 'failed'
    const resolved = messages.resolveLate({ id, fence, state, providerId, errorCode, errorMessage, now: at })
    return resolved && { record: resolved, requeued: false }
  }

  return {
    write(look: LookWrite): LookResult | null {
      const record = messages.read(look.recordId)
      if (!record) return null
      const { recordId, at, attempt, serviceId, startedAt, answer, code, detail } = look
      insert.run({ recordId, at, attempt, serviceId, startedAt, answer, code, detail })
      const moved = move(look, record)
      if (!moved) return { record, moved: false, entry: null }
      return { record: moved.record, moved: true, entry: moved.requeued ? messages.entryOf(moved.record) : null }
    },
  }
}

export function lookReads(db: Db, { months }: Partitions) {
  const lookedAt = db.prepare<[number], number | null>('SELECT max(at) FROM message_looks WHERE record_id = ?').pluck()
  const columns = 'id, service_id AS serviceId, finished_at AS finishedAt, state'
  const readOf = {
    unknown: months.reading((month) =>
      db.prepare<[number, number], Read>(
        `SELECT ${columns} FROM states_${month} WHERE state = 'unknown' AND id > ? ORDER BY id LIMIT ?`,
      ),
    ),
    sent: months.reading((month) =>
      db.prepare<[number, number], Read>(`SELECT ${columns} FROM states_${month} WHERE id > ? ORDER BY id LIMIT ?`),
    ),
  }
  const of = db.prepare<[number], Look>(
    `SELECT record_id AS recordId, attempt, service_id AS serviceId, started_at AS startedAt, at, answer, code, detail
     FROM message_looks WHERE record_id = ? ORDER BY at`,
  )
  return {
    of: (recordId: number): Look[] => of.all(recordId),
    candidates({ state, serviceIds, from, after, scan }: LookQuery): { found: LookCandidate[]; next: number | null } {
      const found: LookCandidate[] = []
      let left = scan
      let last = after
      for (const month of months.list().toSorted((a, b) => a.from - b.from)) {
        if (month.to <= after) continue
        const rows = readOf[state](month.from)?.all(after, left) ?? []
        for (const row of rows) {
          last = row.id
          const { id, serviceId, finishedAt } = row
          if (row.state !== state || serviceId === null || finishedAt === null || finishedAt < from) continue
          if (serviceIds.includes(serviceId))
            found.push({ id, serviceId, finishedAt, lookedAt: lookedAt.get(id) ?? null })
        }
        left -= rows.length
        if (left <= 0) return { found, next: last }
      }
      return { found, next: null }
    },
  }
}
