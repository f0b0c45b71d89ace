import type { AlertEventRecord, StoredAlert } from '../../../alerts/store.ts'
import type { Db } from '../database.ts'

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

export function alertOperations(db: Db) {
  const put = db.prepare(
    'INSERT OR REPLACE INTO alerts VALUES (@id, @state, @since, @worst, @ackBy, @ackNote, @ackAt, @ackUntil)',
  )
  const forget = db.prepare('DELETE FROM alerts WHERE alert = ?')
  const append = db.prepare(
    'INSERT INTO alert_events (alert, event, at, figure, threshold, by, note) VALUES (@alert, @event, @at, @figure, @threshold, @by, @note)',
  )
  const trim = db.prepare(`DELETE FROM alert_events WHERE id <= (SELECT max(id) FROM alert_events) - ${HISTORY_KEPT}`)
  const audit = db.prepare('INSERT INTO audit_log (at, action, record_id, detail) VALUES (?, ?, NULL, ?)')

  return {
    write({ acknowledgement: ack, ...alert }: StoredAlert, event: AlertEventRecord | null): void {
      if (alert.state === 'ok') forget.run(alert.id)
      else {
        const columns = { ackBy: ack?.by, ackNote: ack?.note, ackAt: ack?.at, ackUntil: ack?.until }
        put.run({ ...alert, ...Object.fromEntries(Object.entries(columns).map(([k, v]) => [k, v ?? null])) })
      }
      if (!event) return
      append.run(event)
      trim.run()
      if (event.by === null) return
      const detail = { alert: event.alert, by: event.by, note: event.note, until: ack?.until ?? null }
      audit.run(event.at, `alert.${event.event}`, JSON.stringify(detail))
    },
  }
}

export function alertReads(db: Db) {
  const all = db.prepare<[], AlertRow>('SELECT * FROM alerts ORDER BY alert')
  const history = db.prepare<[number], AlertEventRecord>(
    'SELECT alert, event, at, figure, threshold, by, note FROM alert_events ORDER BY id DESC LIMIT ?',
  )
  return {
    load: (): StoredAlert[] => all.all().map(toAlert),
    history: (limit: number): AlertEventRecord[] => history.all(limit),
  }
}

function toAlert({ alert, state, since, worst, ack_by, ack_note, ack_at, ack_until }: AlertRow): StoredAlert {
  const acknowledged = ack_by !== null && ack_at !== null && ack_until !== null
  return {
    ...{ id: alert, state, since, worst },
    acknowledgement: acknowledged ? { by: ack_by, note: ack_note, at: ack_at, until: ack_until } : null,
  }
}
