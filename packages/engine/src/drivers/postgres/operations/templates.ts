/** Templates, their versions and experiments. */
import type { ExperimentStop } from '@signalbox/contracts'
import type {
  ExperimentRecord,
  NewTemplate,
  Publication,
  TemplateRecord,
  TemplateVersionRecord,
  TestVersion,
  VersionCount,
} from '../../../templates/store.ts'
import type { Reader } from '../reader.ts'
import { camel, statement } from '../statement.ts'
import type { Ground } from './message-rows.ts'

const COLUMNS = camel(
  'id, name, channel, format, subject, content, variables, status, purpose, version, has_draft, revision, created_at, updated_at',
)
const VERSION_COLUMNS = camel(
  'template_id, version, format, subject, content, variables, note, author, html, created_at',
)
const EXPERIMENT_COLUMNS = camel(
  'template_id, version_a, version_b, share_b, planned, state, started_at, started_by, stopped_at, stop',
)

type Text = string | null

const select = statement<[number], TemplateRecord>(`SELECT ${COLUMNS} FROM templates WHERE id = $1`)
const insert = statement<[string, string, string, Text, string, string, string, string, number], TemplateRecord>(
  `INSERT INTO templates (name, channel, format, subject, content, variables, status, purpose, version, has_draft, revision, created_at, updated_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, true, 1, $9, $9) RETURNING ${COLUMNS}`,
)
const update = statement<
  [number, number, string, string, Text, string, string, string, string, boolean, number],
  TemplateRecord
>(
  `UPDATE templates SET name = $3, format = $4, subject = $5, content = $6, variables = $7, status = $8, purpose = $9, has_draft = $10,
     revision = revision + 1, updated_at = $11
   WHERE id = $1 AND revision = $2 RETURNING ${COLUMNS}`,
)
const insertVersion = statement<[number, Text, number, Text, Text]>(
  `INSERT INTO template_versions (template_id, version, format, subject, content, variables, note, created_at, author, html)
   SELECT id, version + 1, format, subject, content, variables, $2, $3, $4, $5 FROM templates WHERE id = $1`,
)
const putInForce = statement<[number], TemplateRecord>(
  `UPDATE templates SET version = version + 1, has_draft = false, status = 'active' WHERE id = $1 RETURNING ${COLUMNS}`,
)
const lastTest = statement<[number], TestVersion & { version: number }>(
  `SELECT ${VERSION_COLUMNS} FROM template_versions WHERE template_id = $1 AND version < 0 ORDER BY version LIMIT 1`,
)
const insertTest = statement<[number, number, string, Text, string, string, number, Text, Text]>(
  `INSERT INTO template_versions (template_id, version, format, subject, content, variables, created_at, author, html)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
)
const replaceExperiment = statement<
  [number, number, number, number, number, string, number, Text, number | null, Text]
>(
  `INSERT INTO template_experiments (template_id, version_a, version_b, share_b, planned, state, started_at, started_by, stopped_at, stop)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
   ON CONFLICT (template_id) DO UPDATE SET version_a = excluded.version_a, version_b = excluded.version_b, share_b = excluded.share_b,
     planned = excluded.planned, state = excluded.state, started_at = excluded.started_at, started_by = excluded.started_by,
     stopped_at = excluded.stopped_at, stop = excluded.stop`,
)
const endExperiment = statement<[number, number, string]>(
  `UPDATE template_experiments SET state = 'ended', stopped_at = $2, stop = $3 WHERE template_id = $1 AND state <> 'ended'`,
)
const forgetMessages = statement<[number]>('DELETE FROM template_experiment_messages WHERE template_id = $1')
const forgetCounts = statement<[number]>('DELETE FROM template_experiment_counts WHERE template_id = $1')
const removeExperiment = statement<[number]>('DELETE FROM template_experiments WHERE template_id = $1')
const used = statement<[number], { template_id: number }>(
  'SELECT template_id FROM template_uses WHERE template_id = $1 LIMIT 1',
)
const removeVersions = statement<[number]>('DELETE FROM template_versions WHERE template_id = $1')
const remove = statement<[number]>('DELETE FROM templates WHERE id = $1')
const experiment = statement<[number], ExperimentRecord>(
  `SELECT ${EXPERIMENT_COLUMNS} FROM template_experiments WHERE template_id = $1`,
)

const VERSION_TEXT = ['format', 'subject', 'content', 'variables', 'html'] as const

/** What is judged by a template and written beside it follows what others do with it. */
const lock = statement<[number], { id: number }>('SELECT id FROM templates WHERE id = $1 FOR UPDATE')

export function templateOperations({ db, tally }: Ground) {
  async function publishIfAsked(
    template: TemplateRecord,
    publish: Publication | null,
    now: number,
  ): Promise<TemplateRecord> {
    if (!publish) return template
    await db.run(insertVersion, template.id, publish.note, now, publish.author, publish.html)
    const published = (await db.one(putInForce, template.id)) as TemplateRecord
    await stopExperiment(template.id, { kind: 'published', version: published.version, by: publish.author }, now)
    return published
  }

  async function stopExperiment(id: number, stop: ExperimentStop, now: number): Promise<void> {
    await tally.experimentsChange()
    if ((await db.run(endExperiment, id, now, JSON.stringify(stop))) > 0) await db.run(forgetMessages, id)
  }

  /** Also against somebody who published since it was read what is in force. */
  async function canStart(
    { templateId, versionA }: ExperimentRecord,
    before: ExperimentRecord['state'] | undefined,
  ): Promise<boolean> {
    const template = await db.one(select, templateId)
    return (before ?? 'ended') === 'ended' && template?.status === 'active' && template.version === versionA
  }

  return {
    async insert(template: NewTemplate, now: number, publish: Publication | null): Promise<TemplateRecord> {
      const { name, channel, format, subject, content, variables, status, purpose } = template
      const texts = [name, channel, format, subject, content, JSON.stringify(variables), status, purpose] as const
      const row = (await db.one(insert, ...texts, now)) as TemplateRecord
      return publishIfAsked(row, publish, now)
    },

    async update(
      template: TemplateRecord,
      revision: number,
      now: number,
      publish: Publication | null,
    ): Promise<TemplateRecord | null> {
      const { id, name, format, subject, content, variables, status, purpose, hasDraft } = template
      const texts = [name, format, subject, content, JSON.stringify(variables), status, purpose] as const
      const row = await db.one(update, id, revision, ...texts, hasDraft, now)
      if (row?.status === 'archived') await stopExperiment(id, { kind: 'archived' }, now)
      return row && publishIfAsked(row, publish, now)
    },

    async remove(id: number): Promise<'removed' | 'referenced' | 'not_found'> {
      if (!(await db.one(lock, id))) return 'not_found'
      if (tally.uses(id) || (await db.one(used, id))) return 'referenced'
      await tally.experimentsChange()
      for (const each of [removeVersions, removeExperiment, remove]) await db.run(each, id)
      return 'removed'
    },

    async keepTest(test: TestVersion, now: number): Promise<number> {
      const { templateId, format, subject, content, variables, author, html } = test
      await db.one(lock, templateId)
      const last = await db.one(lastTest, templateId)
      const isSame = (field: (typeof VERSION_TEXT)[number]) =>
        JSON.stringify(last?.[field]) === JSON.stringify(test[field])
      if (last && VERSION_TEXT.every(isSame)) return last.version
      const version = (last?.version ?? 0) - 1
      const texts = [format, subject, content, JSON.stringify(variables)] as const
      await db.run(insertTest, templateId, version, ...texts, now, author, html)
      return version
    },

    /** A new one begins at nothing; of one that has ended the figures stay as they are. */
    async putExperiment(record: ExperimentRecord): Promise<boolean> {
      const {
        templateId: id,
        versionA,
        versionB,
        shareB,
        planned,
        state,
        startedAt,
        startedBy,
        stoppedAt,
        stop,
      } = record
      await db.one(lock, id)
      const before = await db.one(experiment, id)
      const isSame = before?.startedAt === startedAt
      if (isSame ? before.state === 'ended' && state !== 'ended' : !(await canStart(record, before?.state)))
        return false
      await tally.experimentsChange()
      if (!isSame) {
        await db.run(forgetCounts, id)
        await db.run(forgetMessages, id)
      }
      const reason = stop && JSON.stringify(stop)
      await db.run(
        replaceExperiment,
        ...([id, versionA, versionB, shareB, planned, state, startedAt, startedBy, stoppedAt, reason] as const),
      )
      if (state === 'ended') await db.run(forgetMessages, id)
      return true
    },
  }
}

const all = statement<[], TemplateRecord>(`SELECT ${COLUMNS} FROM templates ORDER BY id DESC`)
const versions = statement<[number], TemplateVersionRecord>(
  `SELECT ${VERSION_COLUMNS} FROM template_versions WHERE template_id = $1 AND version > 0 ORDER BY version DESC`,
)
const version = statement<[number, number], TemplateVersionRecord>(
  `SELECT ${VERSION_COLUMNS} FROM template_versions WHERE template_id = $1 AND version = $2`,
)
const running = statement<[], ExperimentRecord>(
  `SELECT ${EXPERIMENT_COLUMNS} FROM template_experiments WHERE state = 'running'`,
)
const counts = statement<[number], VersionCount>(
  'SELECT version, state, sum(count) AS count FROM template_experiment_counts WHERE template_id = $1 GROUP BY version, state',
)

export function templateReads({ db }: Reader) {
  return {
    list: () => db.all(all),
    get: (id: number) => db.one(select, id),
    versions: (id: number) => db.all(versions, id),
    version: (id: number, number: number) => db.one(version, id, number),
    experiment: (id: number) => db.one(experiment, id),
    runningExperiments: () => db.all(running),
    experimentCounts: (id: number) => db.all(counts, id),
  }
}
