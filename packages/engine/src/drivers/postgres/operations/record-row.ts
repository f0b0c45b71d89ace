/** How a record is read out of its tables. */
import type { MessageRecord } from '../../../messages/record.ts'
import { toRecord as recordOf, type RecordRow } from '../../shared/record-rows.ts'

export interface Row extends RecordRow {
  /** It stands in the delays. */
  delayed: boolean
}

/** Columns of a message, which is written once, in the order in which it is. */
export const MESSAGE = {
  id: 'bigint',
  channel: 'text',
  recipient: 'text',
  template_id: 'bigint',
  template_version: 'integer',
  variables: 'text',
  priority: 'smallint',
  flow: 'text',
  task_id: 'bigint',
  accepted_at: 'bigint',
  due_at: 'bigint',
  expires_at: 'bigint',
  settings_version: 'bigint',
  traceparent: 'text',
  time_zone: 'text',
}

/** Of `m`, its claim `c` and its state `s`: what is being sent is `sending`, whatever it was before. */
export const RECORD_COLUMNS = `m.id, m.channel, m.recipient, m.template_id, m.template_version, m.variables, m.priority, m.flow,
  m.task_id, m.accepted_at, m.due_at AS message_due_at, coalesce(s.expires_at, m.expires_at) AS expires_at, m.settings_version, m.traceparent,
  m.time_zone,
  CASE WHEN c.id IS NULL THEN s.state ELSE 'sending' END AS state, coalesce(c.attempt, s.attempt) AS attempt, coalesce(c.fence, s.fence) AS fence,
  coalesce(c.service_id, s.service_id) AS service_id, s.provider_id, s.pending_reason, s.due_at AS state_due_at,
  s.error_code, s.error_message, coalesce(c.claimed_at, s.claimed_at) AS claimed_at, s.finished_at,
  coalesce(c.claimed_at, s.updated_at) AS updated_at,
  m.due_at > m.accepted_at AND EXISTS (SELECT 1 FROM queue_delays d WHERE d.id = m.id) AS delayed`

export const RECORDS = 'messages m LEFT JOIN claims c ON c.id = m.id LEFT JOIN states s ON s.id = m.id'

export const toRecord = (row: Row): MessageRecord => recordOf(row, () => row.delayed)
