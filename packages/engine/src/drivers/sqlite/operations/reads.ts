/** What is read, on connections that never wait for the writer. */
import type { ReceiptEvent } from '@signalbox/channels/adapter'
import type { MessageState } from '@signalbox/contracts'
import type { KeptRecord } from '../../../messages/kept.ts'
import type { MessageQuery } from '../../../messages/requests.ts'
import type { MessageRecord } from '../../../messages/record.ts'
import type { ServiceRecord } from '../../../services/services.ts'
import type { SettingsRows } from '../../../settings/store.ts'
import type { TaskRecord } from '../../../tasks/store.ts'
import type { TemplateRecord, TemplateVersionRecord } from '../../../templates/store.ts'
import type { StoredTrace } from '../../../tracer/store.ts'
import type { Db } from '../database.ts'
import { toService, toTemplate, type ServiceRow, type TemplateRow } from './catalogue.ts'
import { decodeNodes } from './nodes.ts'
import { RECORD_COLUMNS, toRecord, type RecordRow } from './rows.ts'

/** States that few messages are in for long: searched through their own index instead of through all messages. */
const EXCEPTIONS: ReadonlySet<MessageState> = new Set(['sending', 'failed', 'unknown', 'expired', 'cancelled'])

function messageSource(status: MessageState | undefined): { from: string; where: string[] } {
  if (status === 'queued' || status === 'scheduled') {
    // What waits for a retry stands in the delays too, and is `queued`.
    const waiting =
      status === 'queued'
        ? `SELECT id FROM queue_entries WHERE queue = 'message.send'
           UNION ALL SELECT d.id FROM queue_delays d CROSS JOIN message_states s ON s.id = d.id WHERE d.queue = 'message.send'`
        : "SELECT id FROM queue_delays WHERE queue = 'message.send'"
    const touched = status === 'queued' ? [] : ['s.id IS NULL']
    return {
      from: `(${waiting}) q CROSS JOIN messages m ON m.id = q.id LEFT JOIN message_states s ON s.id = m.id`,
      where: touched,
    }
  }
  if (status && EXCEPTIONS.has(status)) {
    return { from: 'message_states s CROSS JOIN messages m ON m.id = s.id', where: [`s.state = '${status}'`] }
  }
  if (status) return { from: 'messages m JOIN message_states s ON s.id = m.id', where: [`s.state = '${status}'`] }
  return { from: 'messages m LEFT JOIN message_states s ON s.id = m.id', where: [] }
}

export function messageReads(db: Db) {
  const select = db.prepare<[number], RecordRow>(
    `SELECT ${RECORD_COLUMNS} FROM messages m LEFT JOIN message_states s ON s.id = m.id WHERE m.id = ?`,
  )
  const hasDelay = db.prepare('SELECT 1 FROM queue_delays WHERE due_at = ? AND id = ?').pluck()
  const isDelayed = (dueAt: number, id: number) => hasDelay.get(dueAt, id) !== undefined
  const lastId = db
    .prepare<[], number | null>(
      'SELECT max(id) FROM (SELECT max(id) AS id FROM messages UNION ALL SELECT max(id) FROM tasks UNION ALL SELECT max(id) FROM jobs)',
    )
    .pluck()

  return {
    get(id: number): MessageRecord | null {
      const row = select.get(id)
      return row ? toRecord(row, isDelayed) : null
    },
    lastId: (): number => lastId.get() ?? 0,
    search(query: MessageQuery): MessageRecord[] {
      const { from, where } = messageSource(query.status)
      const filters = {
        channel: 'm.channel',
        recipient: 'm.recipient',
        templateId: 'm.template_id',
        taskId: 'm.task_id',
      } as const
      for (const [name, column] of Object.entries(filters)) {
        if (query[name as keyof typeof filters] !== undefined) where.push(`${column} = @${name}`)
      }
      if (query.before !== undefined) where.push('m.id < @before')
      const sql = `SELECT ${RECORD_COLUMNS} FROM ${from} ${where.length ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY m.id DESC LIMIT @limit`
      return db
        .prepare<[object], RecordRow>(sql)
        .all(query)
        .map((row) => toRecord(row, isDelayed))
    },
  }
}

export function traceReads(db: Db) {
  const nodes = db
    .prepare<[number], string>('SELECT nodes FROM trace_attempts WHERE message_id = ? ORDER BY attempt')
    .pluck()
  const receipts = db.prepare<
    [number],
    { at: number; state: ReceiptEvent['state']; code: string | null; detail: string | null }
  >('SELECT at, state, code, detail FROM trace_receipts WHERE message_id = ? ORDER BY at')
  return {
    get(recordId: number): StoredTrace {
      return {
        nodes: nodes.all(recordId).flatMap(decodeNodes),
        receipts: receipts.all(recordId).map(({ at, state, code, detail }) => ({
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
    format: 'text' | 'html'
    subject: string | null
    content: string
    variables: string
    note: string | null
    created_at: number
  }
  const versions = db.prepare<[number], VersionRow>(
    'SELECT * FROM template_versions WHERE template_id = ? ORDER BY version DESC',
  )
  const version = db.prepare<[number, number], VersionRow>(
    'SELECT * FROM template_versions WHERE template_id = ? AND version = ?',
  )
  const services = db.prepare<[], ServiceRow>('SELECT * FROM services ORDER BY id')
  const revision = db.prepare<[], number>('SELECT revision FROM settings_revision').pluck()
  const kept = db.prepare<[{ channel: string | null; limit: number }], KeptRecord>(
    `SELECT record_id AS recordId, channel, service_id AS serviceId, recipient, subject, text, html, kept_at AS keptAt
     FROM kept_messages WHERE @channel IS NULL OR channel = @channel ORDER BY id DESC LIMIT @limit`,
  )
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
      kept.all({ channel: query.channel ?? null, limit: query.limit }),
  }
}
