/** Looks at providers: who is to be asked after, and what an answer makes of a message. */
import type { Look, LookCandidate, LookQuery, LookResult, LookWrite } from '../../../lookups/store.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import { entryOf } from '../../shared/record-rows.ts'
import type { Reader } from '../reader.ts'
import { camel, statement, type Db } from '../statement.ts'
import type { MessageRows } from './message-rows.ts'
import type { MoveOperations } from './moves.ts'

const insert = statement<[number, number, number, number, number, string, string | null, string | null]>(
  `INSERT INTO message_looks (record_id, at, attempt, service_id, started_at, answer, code, detail)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (record_id, at) DO UPDATE SET attempt = excluded.attempt, service_id = excluded.service_id,
     started_at = excluded.started_at, answer = excluded.answer, code = excluded.code, detail = excluded.detail`,
)

interface Became {
  record: MessageRecord
  requeued: boolean
}

export function lookOperations(db: Db, rows: MessageRows, { receipt, notSent, resolveLate }: MoveOperations) {
  /** Null when the answer changes nothing. */
  async function move(look: LookWrite, record: MessageRecord): Promise<Became | null> {
    const { recordId: id, fence, answer, at } = look
    if (answer === 'unknown' || record.fence !== fence) return null
    if (answer === 'delivered' || record.state === 'sent') {
      if (answer !== 'delivered' && answer !== 'failed') return null
      const said = {
        ...(look.code === null ? {} : { code: look.code }),
        ...(look.detail === null ? {} : { detail: look.detail }),
      }
      const told = await receipt({ recordId: id, state: answer, at: look.deliveredAt ?? at, ...said }, at)
      return told?.moved ? { record: told.record, requeued: false } : null
    }
    if (answer === 'not_found') return notSent(id, fence, look.maxRetries, at)
    const { providerId, code: errorCode, detail: errorMessage } = look
    const state = answer === 'accepted' ? 'sent' : 'failed'
    const resolved = await resolveLate({ id, fence, state, providerId, errorCode, errorMessage, now: at })
    return resolved && { record: resolved, requeued: false }
  }

  return {
    async write(look: LookWrite): Promise<LookResult | null> {
      const record = await rows.lock(look.recordId)
      if (!record) return null
      const { recordId, at, attempt, serviceId, startedAt, answer, code, detail } = look
      await db.run(insert, recordId, at, attempt, serviceId, startedAt, answer, code, detail)
      const moved = await move(look, record)
      if (!moved) return { record, moved: false, entry: null }
      return { record: moved.record, moved: true, entry: moved.requeued ? entryOf(moved.record) : null }
    },
  }
}

const of = statement<[number], Look>(
  `SELECT ${camel('record_id, attempt, service_id, started_at, at, answer, code, detail')} FROM message_looks
   WHERE record_id = $1 ORDER BY at`,
)

interface Read extends Omit<LookCandidate, 'serviceId' | 'finishedAt'> {
  serviceId: number | null
  finishedAt: number | null
  state: string
}
const READ = `SELECT id, service_id AS "serviceId", finished_at AS "finishedAt", state,
  (SELECT max(l.at) FROM message_looks l WHERE l.record_id = s.id) AS "lookedAt" FROM states s`
const read = {
  unknown: statement<[number, number], Read>(`${READ} WHERE state = 'unknown' AND id > $1 ORDER BY id LIMIT $2`),
  sent: statement<[number, number], Read>(`${READ} WHERE id > $1 ORDER BY id LIMIT $2`),
}

export function lookReads({ db, searches }: Reader) {
  return {
    of: (recordId: number) => db.all(of, recordId),
    async candidates({ state, serviceIds, from, after, scan }: LookQuery) {
      const rows = await searches.all(read[state], after, scan)
      const found = rows.flatMap(({ id, serviceId, finishedAt, lookedAt, state: is }): LookCandidate[] => {
        if (is !== state || serviceId === null || finishedAt === null || finishedAt < from) return []
        return serviceIds.includes(serviceId) ? [{ id, serviceId, finishedAt, lookedAt }] : []
      })
      return { found, next: rows.length < scan ? null : (rows.at(-1)?.id ?? null) }
    },
  }
}
