/** Writes of templates, their versions and experiments. */
import type { Channel, ExperimentStop, Purpose, TemplateFormat, TemplateStatus } from '@signalbox/contracts'
import type {
  ExperimentRecord,
  NewTemplate,
  Publication,
  TemplateRecord,
  TestVersion,
} from '../../../templates/store.ts'
import type { Db } from '../database.ts'
import type { Tally } from '../tally.ts'

interface TemplateRow {
  id: number
  name: string
  channel: Channel
  format: TemplateFormat
  subject: string | null
  content: string
  variables: string
  status: TemplateStatus
  purpose: Purpose
  version: number
  has_draft: number
  revision: number
  created_at: number
  updated_at: number
}

export function toTemplate(row: TemplateRow): TemplateRecord {
  const { has_draft, created_at, updated_at, ...rest } = row
  return {
    ...rest,
    variables: JSON.parse(row.variables) as string[],
    hasDraft: has_draft === 1,
    createdAt: created_at,
    updatedAt: updated_at,
  }
}
export type { TemplateRow }

const VERSION_TEXT = ['format', 'subject', 'content', 'variables', 'html'] as const
type VersionText = Record<(typeof VERSION_TEXT)[number], string | null>

export function templateOperations(db: Db, tally: Tally) {
  const select = db.prepare<[number], TemplateRow>('SELECT * FROM templates WHERE id = ?')
  const insert = db.prepare<[object], TemplateRow>(
    `INSERT INTO templates (name, channel, format, subject, content, variables, status, purpose, version, has_draft, revision,
       created_at, updated_at)
     VALUES (@name, @channel, @format, @subject, @content, @variables, @status, @purpose, 0, 1, 1, @now, @now) RETURNING *`,
  )
  const update = db.prepare<[object], TemplateRow>(
    `UPDATE templates SET name = @name, format = @format, subject = @subject, content = @content, variables = @variables,
       status = @status, purpose = @purpose, has_draft = @hasDraft, revision = revision + 1, updated_at = @now
     WHERE id = @id AND revision = @revision RETURNING *`,
  )
  const insertVersion = db.prepare(
    `INSERT INTO template_versions SELECT id, version + 1, format, subject, content, variables, @note, @now, @author, @html FROM templates WHERE id = @id`,
  )
  const putInForce = db.prepare<[object], TemplateRow>(
    "UPDATE templates SET version = version + 1, has_draft = 0, status = 'active' WHERE id = @id RETURNING *",
  )
  const lastTest = db.prepare<[number], VersionText & { version: number }>(
    `SELECT version, format, subject, content, variables, html FROM template_versions
     WHERE template_id = ? AND version < 0 ORDER BY version LIMIT 1`,
  )
  const insertTest = db.prepare(
    `INSERT INTO template_versions (template_id, version, format, subject, content, variables, note, created_at, author, html)
     VALUES (@templateId, @version, @format, @subject, @content, @variables, NULL, @now, @author, @html)`,
  )
  const replaceExperiment = db.prepare(
    `REPLACE INTO template_experiments (template_id, version_a, version_b, share_b, planned, state, started_at, started_by, stopped_at, stop_reason)
     VALUES (@templateId, @versionA, @versionB, @shareB, @planned, @state, @startedAt, @startedBy, @stoppedAt, @stop)`,
  )
  const experiment = db.prepare<[number], { started_at: number; state: ExperimentRecord['state'] }>(
    'SELECT started_at, state FROM template_experiments WHERE template_id = ?',
  )
  const endExperiment = db.prepare(
    `UPDATE template_experiments SET state = 'ended', stopped_at = @now, stop_reason = @stop
     WHERE template_id = @id AND state <> 'ended'`,
  )
  const forgetExperiment = ['template_experiment_counts', 'template_experiment_messages'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE template_id = ?`),
  )
  const forgetMessages = db.prepare('DELETE FROM template_experiment_messages WHERE template_id = ?')
  const removeExperiment = db.prepare('DELETE FROM template_experiments WHERE template_id = ?')
  const used = db.prepare('SELECT 1 FROM template_uses WHERE template_id = ?')
  const removeVersions = db.prepare('DELETE FROM template_versions WHERE template_id = ?')
  const remove = db.prepare('DELETE FROM templates WHERE id = ?')

  function publishIfAsked(row: TemplateRow, publish: Publication | null, now: number): TemplateRecord {
    if (!publish) return toTemplate(row)
    insertVersion.run({ id: row.id, ...publish, now })
    const published = putInForce.get({ id: row.id }) as TemplateRow
    stopExperiment(row.id, { kind: 'published', version: published.version, by: publish.author }, now)
    return toTemplate(published)
  }

  /** Also against somebody who published since it was read what is in force. */
  function canStart(
    { templateId, versionA }: ExperimentRecord,
    before: ExperimentRecord['state'] | undefined,
  ): boolean {
    const template = select.get(templateId)
    return (before ?? 'ended') === 'ended' && template?.status === 'active' && template.version === versionA
  }

  function stopExperiment(id: number, stop: ExperimentStop, now: number): void {
    if (endExperiment.run({ id, now, stop: JSON.stringify(stop) }).changes === 0) return
    forgetMessages.run(id)
    tally.experimentsChanged()
  }

  return {
    insert(template: NewTemplate, now: number, publish: Publication | null): TemplateRecord {
      const row = insert.get({ ...template, variables: JSON.stringify(template.variables), now }) as TemplateRow
      return publishIfAsked(row, publish, now)
    },
    update(
      template: TemplateRecord,
      revision: number,
      now: number,
      publish: Publication | null,
    ): TemplateRecord | null {
      const row = update.get({
        ...template,
        variables: JSON.stringify(template.variables),
        hasDraft: template.hasDraft ? 1 : 0,
        revision,
        now,
      })
      if (row?.status === 'archived') stopExperiment(row.id, { kind: 'archived' }, now)
      return row ? publishIfAsked(row, publish, now) : null
    },
    remove(id: number): 'removed' | 'referenced' | 'not_found' {
      if (!select.get(id)) return 'not_found'
      if (tally.uses(id) || used.get(id)) return 'referenced'
      removeVersions.run(id)
      removeExperiment.run(id)
      remove.run(id)
      return 'removed'
    },
    keepTest(test: TestVersion, now: number): number {
      const text = { ...test, variables: JSON.stringify(test.variables) }
      const last = lastTest.get(test.templateId)
      if (last && VERSION_TEXT.every((field) => last[field] === text[field])) return last.version
      const version = (last?.version ?? 0) - 1
      insertTest.run({ ...text, version, now })
      return version
    },
    /** A new one begins at nothing; of one that has ended the figures stay as they are. */
    putExperiment(record: ExperimentRecord): boolean {
      const { templateId, startedAt, state, stop } = record
      const before = experiment.get(templateId)
      const isSame = before?.started_at === startedAt
      if (isSame ? before.state === 'ended' && state !== 'ended' : !canStart(record, before?.state)) return false
      if (!isSame) for (const each of forgetExperiment) each.run(templateId)
      replaceExperiment.run({ ...record, stop: stop && JSON.stringify(stop) })
      if (state === 'ended') forgetMessages.run(templateId)
      tally.experimentsChanged()
      return true
    },
  }
}
