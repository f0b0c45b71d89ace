import type { AlertEventRecord, StoredAlert } from '../../../alerts/store.ts'
import type { Reader } from '../reader.ts'
import { statement, type Db } from '../statement.ts'
import { insertAudit } from './moves.ts'

/** Lines of history that are kept. */
const HISTORY_KEPT = 1_000

interface AlertRow {
  alert: string
  state: StoredAlert['state']
  since: number
  worst: number | null
  ack_by: string | null
  ack_note: string | null
  ack_at: number | null
  ack_until: number | null
}

const put = statement<
  [string, string, number, number | null, string | null, string | null, number | null, number | null]
>(
  `INSERT INTO alerts (alert, state, since, worst, ack_by, ack_note, ack_at, ack_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
   ON CONFLICT (alert) DO UPDATE SET state = excluded.state, since = excluded.since, worst = excluded.worst, ack_by = excluded.ack_by,
     ack_note = excluded.ack_note, ack_at = excluded.ack_at, ack_until = excluded.ack_until`,
)
const forget = statement<[string]>('DELETE FROM alerts WHERE alert = $1')
const append = statement<[string, string, number, number | null, number, string | null, string | null]>(
  'INSERT INTO alert_events (alert, event, at, figure, threshold, by, note) VALUES ($1, $2, $3, $4, $5, $6, $7)',
)
const trim = statement(
  `DELETE FROM alert_events WHERE id <= (SELECT id FROM alert_events ORDER BY id DESC OFFSET ${HISTORY_KEPT} LIMIT 1)`,
)

export function alertOperations(db: Db) {
  return {
    async write({ acknowledgement: ack, ...alert }: StoredAlert, event: AlertEventRecord | null): Promise<void> {
      const { id, state, since, worst } = alert
      if (state === 'ok') await db.run(forget, id)
      else {
        const { by = null, note = null, at = null, until = null } = ack ?? {}
        await db.run(put, id, state, since, worst, by, note, at, until)
      }
      if (!event) return
      await db.run(append, event.alert, event.event, event.at, event.figure, event.threshold, event.by, event.note)
      await db.run(trim)
      if (event.by === null) return
      const detail = { alert: event.alert, by: event.by, note: event.note, until: ack?.until ?? null }
      await db.run(insertAudit, event.at, `alert.${event.event}`, null, JSON.stringify(detail))
    },
  }
}

const all = statement<[], AlertRow>('SELECT * FROM alerts ORDER BY alert COLLATE "C"')
const history = statement<[number], AlertEventRecord>(
  'SELECT alert, event, at, figure, threshold, by, note FROM alert_events ORDER BY id DESC LIMIT $1',
)

export function alertReads({ db }: Reader) {
  return {
    load: async (): Promise<StoredAlert[]> => (await db.all(all)).map(toAlert),
    history: (limit: number) => db.all(history, limit),
  }
}

function toAlert({ alert, state, since, worst, ack_by, ack_note, ack_at, ack_until }: AlertRow): StoredAlert {
  const acknowledged = ack_by !== null && ack_at !== null && ack_until !== null
  return {
    ...{ id: alert, state, since, worst },
    acknowledgement: acknowledged ? { by: ack_by, note: ack_note, at: ack_at, until: ack_until } : null,
  }
}
