/** What is read, on connections that never wait for the writer. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { ExperimentStop, MessageState, TemplateFormat } from '@signalbox/contracts'
import type { KeptRecord } from '../../../messages/kept.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { StoredReply } from '../../../messages/store.ts'
import type { ServiceRecord } from '../../../services/services.ts'
import type { SettingsRows } from '../../../settings/store.ts'
import type { TaskRecord } from '../../../tasks/store.ts'
import type { ExperimentRecord, TemplateRecord, TemplateVersionRecord, VersionCount } from '../../../templates/store.ts'
import type { StoredTrace } from '../../../tracer/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import { toService, type ServiceRow } from './catalogue.ts'
import { decodeNodes } from '../../shared/nodes.ts'
import { delayedIn, RECORD_COLUMNS, recordsOf, toRecord, type RecordRow } from './rows.ts'
import { toTemplate, type TemplateRow } from './templates.ts'

export function messageReads(db: Db, { months }: Partitions) {
  const selectOf = months.reading((month) =>
    db.prepare<[number], RecordRow>(`SELECT ${RECORD_COLUMNS} FROM ${recordsOf(month)} WHERE m.id = ?`),
  )
  const lastOf = months.reading((month) =>
    db.prepare<[], number | null>(`SELECT max(id) FROM messages_${month}`).pluck(),
  )
  const lastOther = db
    .prepare<[], number | null>(
      // The mark is ahead of every message that was there when the store was last opened, also of those that are gone since.
      `SELECT max(id) FROM (SELECT max(id) AS id FROM tasks UNION ALL SELECT max(id) FROM jobs UNION ALL SELECT max(id) FROM bulk_actions UNION ALL SELECT id - 1 FROM resident_mark)`,
    )
    .pluck()
  const keyReply = db.prepare<[string], string>('SELECT reply FROM idempotency_keys WHERE key = ?').pluck()
  const isDelayed = delayedIn(db)

  return {
    byIdempotencyKey(key: string): StoredReply | null {
      const reply = keyReply.get(key)
      return reply === undefined ? null : (JSON.parse(reply) as StoredReply)
    },
    get(id: number): MessageRecord | null {
      const row = selectOf(id)?.get(id)
      return row ? toRecord(row, isDelayed) : null
    },
    lastId(): number {
      const ofMessages = months.list().map(({ from }) => lastOf(from)?.get() ?? 0)
      return Math.max(0, lastOther.get() ?? 0, ...ofMessages)
    },
  }
}

export function traceReads(db: Db, { days }: Partitions) {
  const nodesOf = days.reading((day) =>
    db.prepare<[number], string>(`SELECT nodes FROM traces_${day} WHERE message_id = ? ORDER BY attempt`).pluck(),
  )
  const receiptsOf = days.reading((day) =>
    db.prepare<[number], { at: number; state: ReceiptEvent['state']; code: string | null; detail: string | null }>(
      `SELECT at, state, code, detail FROM receipts_${day} WHERE message_id = ?`,
    ),
  )
  return {
    get(recordId: number): StoredTrace {
      const kept = days.list()
      const nodes = kept.flatMap(({ from }) => nodesOf(from)?.all(recordId) ?? []).flatMap(decodeNodes)
      const rows = kept.flatMap(({ from }) => receiptsOf(from)?.all(recordId) ?? [])
      // A provider that repeats a receipt on the next day has it on both.
      const receipts = [...new Map(rows.map((row) => [`${row.at} ${row.state}`, row])).values()]
      return {
        nodes: nodes.toSorted((a, b) => a.attempt - b.attempt),
        receipts: receipts
          .toSorted((a, b) => a.at - b.at)
          .map(({ at, state, code, detail }) => ({
            recordId,
            at,
            state,
            ...(code === null ? {} : { code }),
            ...(detail === null ? {} : { detail }),
          })),
      }
    },
  }
}

export function taskReads(db: Db) {
  const task = db.prepare<[number], Record<string, number | null>>('SELECT * FROM tasks WHERE id = ?')
  const counts = db.prepare<[number], { state: MessageState; count: number }>(
    'SELECT state, count FROM task_counts WHERE task_id = ?',
  )
  return {
    get(id: number): TaskRecord | null {
      const row = task.get(id)
      if (!row) return null
      return {
        id,
        total: row.total ?? 0,
        createdAt: row.created_at ?? 0,
        firstClaimedAt: row.first_claimed_at ?? null,
        waitMsSum: row.wait_ms_sum ?? 0,
        waitCount: row.wait_count ?? 0,
        updatedAt: row.updated_at ?? 0,
        counts: Object.fromEntries(counts.all(id).map(({ state, count }) => [state, count])),
      }
    },
  }
}

export function catalogueReads(db: Db) {
  const templates = db.prepare<[], TemplateRow>('SELECT * FROM templates ORDER BY id DESC')
  const template = db.prepare<[number], TemplateRow>('SELECT * FROM templates WHERE id = ?')
  interface VersionRow {
    template_id: number
    version: number
    format: TemplateFormat
    subject: string | null
    content: string
    variables: string
    note: string | null
    author: string | null
    html: string | null
    created_at: number
  }
  const versions = db.prepare<[number], VersionRow>(
    'SELECT * FROM template_versions WHERE template_id = ? AND version > 0 ORDER BY version DESC',
  )
  const version = db.prepare<[number, number], VersionRow>(
    'SELECT * FROM template_versions WHERE template_id = ? AND version = ?',
  )
  const experimentColumns = `template_id AS templateId, version_a AS versionA, version_b AS versionB, share_b AS shareB, planned,
    state, started_at AS startedAt, started_by AS startedBy, stopped_at AS stoppedAt, stop_reason AS stop`
  const experiment = db.prepare<[number], ExperimentRow>(
    `SELECT ${experimentColumns} FROM template_experiments WHERE template_id = ?`,
  )
  const runningExperiments = db.prepare<[], ExperimentRow>(
    `SELECT ${experimentColumns} FROM template_experiments WHERE state = 'running'`,
  )
  const experimentCounts = db.prepare<[number], VersionCount>(
    'SELECT version, state, count FROM template_experiment_counts WHERE template_id = ?',
  )
  const services = db.prepare<[], ServiceRow>('SELECT * FROM services ORDER BY id')
  const revision = db.prepare<[], number>('SELECT revision FROM settings_revision').pluck()
  const kept = db.prepare<[{ channel: string | null; limit: number }], KeptRow>(
    `SELECT record_id AS recordId, channel, service_id AS serviceId, recipient, subject, text, html, fields, kept_at AS keptAt
     FROM kept_messages WHERE @channel IS NULL OR channel = @channel ORDER BY id DESC LIMIT @limit`,
  )
  type KeptRow = Omit<KeptRecord, 'fields'> & { fields: string | null }
  const toKept = (row: KeptRow): KeptRecord => ({
    ...row,
    fields: row.fields === null ? null : (JSON.parse(row.fields) as Record<string, string>),
  })
  type ExperimentRow = Omit<ExperimentRecord, 'stop'> & { stop: string | null }
  const toExperiment = (row: ExperimentRow): ExperimentRecord => ({
    ...row,
    stop: row.stop === null ? null : (JSON.parse(row.stop) as ExperimentStop),
  })
  const toVersion = ({ template_id, created_at, ...row }: VersionRow): TemplateVersionRecord => ({
    ...row,
    templateId: template_id,
    variables: JSON.parse(row.variables) as string[],
    createdAt: created_at,
  })
  return {
    templates: (): TemplateRecord[] => templates.all().map(toTemplate),
    template(id: number): TemplateRecord | null {
      const row = template.get(id)
      return row ? toTemplate(row) : null
    },
    templateVersions: (id: number): TemplateVersionRecord[] => versions.all(id).map(toVersion),
    templateVersion(id: number, number: number): TemplateVersionRecord | null {
      const row = version.get(id, number)
      return row ? toVersion(row) : null
    },
    experiment(id: number): ExperimentRecord | null {
      const row = experiment.get(id)
      return row ? toExperiment(row) : null
    },
    runningExperiments: (): ExperimentRecord[] => runningExperiments.all().map(toExperiment),
    experimentCounts: (id: number): VersionCount[] => experimentCounts.all(id),
    services: (): ServiceRecord[] => services.all().map(toService),
    settingsRevision: (): number => revision.get() ?? 0,
    settings: db.transaction((): SettingsRows => ({
      threadPools: db.prepare<[], Record<string, unknown>>('SELECT * FROM thread_pool_configs').all(),
      rateLimits: db.prepare<[], Record<string, unknown>>('SELECT * FROM rate_limit_configs').all(),
      system: db.prepare<[], Record<string, unknown>>('SELECT * FROM system_config').all(),
      changedAt: Object.fromEntries(
        db
          .prepare<[], { key: string; at: number }>('SELECT key, at FROM system_config_changes')
          .all()
          .map(({ key, at }) => [key, at]),
      ),
      revision: revision.get() ?? 0,
    })) as () => SettingsRows,
    kept: (query: { channel?: string | undefined; limit: number }): KeptRecord[] =>
      kept.all({ channel: query.channel ?? null, limit: query.limit }).map(toKept),
  }
}
