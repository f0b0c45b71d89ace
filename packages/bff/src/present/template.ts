import type {
  Experiment,
  RenderReport,
  Template,
  TemplateFile,
  TemplatePayload,
  TemplateUse,
  TemplateVersion,
} from '@signalbox/contracts'
import {
  traceIdOf,
  type Arm,
  type ExperimentReport,
  type Payload,
  type RenderReport as EngineReport,
  type TemplateRecord,
  type TemplateUse as EngineUse,
  type TemplateVersionRecord,
} from '@signalbox/engine'
import type { View } from './view.ts'

export function presentTemplate(record: TemplateRecord, { instant }: View): Template {
  const { id, name, channel, format, subject, content, variables, status, purpose, version, revision } = record
  return {
    ...{ id, name, channel, format, subject, content, variables, status, purpose, version, revision },
    has_draft: record.hasDraft,
    created_at: instant(record.createdAt),
    updated_at: instant(record.updatedAt),
  }
}

export function presentTemplateVersion(record: TemplateVersionRecord, { instant }: View): TemplateVersion {
  const { version, format, subject, content, variables, note, author } = record
  return {
    template_id: record.templateId,
    ...{ version, format, subject, content, variables, note, author },
    created_at: instant(record.createdAt),
  }
}

export function presentTemplateUse({ since, templates }: EngineUse, { instant }: View): TemplateUse {
  return {
    since: instant(since),
    templates: templates.map(({ templateId, lastUsedAt, counts }) => {
      const { success, failed, expired, unknown, successRate } = counts
      return {
        template_id: templateId,
        last_used_at: lastUsedAt === null ? null : instant(lastUsedAt),
        ...{ success, failed, expired, unknown },
        success_rate: successRate,
      }
    }),
  }
}

export function presentPayload({ recordId, variables }: Payload): TemplatePayload {
  return { record_id: recordId, trace_id: traceIdOf(recordId), variables: { ...variables } }
}

export function presentRenderReport({ failures, differences, ...counts }: EngineReport): RenderReport {
  return { ...counts, failures: failures.map(ofMessage), differences: differences.map(ofMessage) }
}

function ofMessage<T extends { recordId: number }>({ recordId, ...rest }: T) {
  return { record_id: recordId, trace_id: traceIdOf(recordId), ...rest }
}

export function presentFile(templates: readonly TemplateRecord[]): TemplateFile {
  return {
    format: 'signalbox.templates',
    version: 1,
    templates: templates.map(({ name, channel, format, subject, content, variables, purpose }) => ({
      ...{ name, channel, format, subject, content, variables, purpose },
    })),
  }
}

export function presentExperiment(report: ExperimentReport, { instant }: View): Experiment {
  const { templateId, state, shareB, planned, finding, p, startedAt, startedBy, stoppedAt, stop } = report
  return {
    template_id: templateId,
    ...{ state, finding, p },
    a: armOf(report.a),
    b: armOf(report.b),
    share_percent: shareB,
    planned_per_version: planned,
    started_at: instant(startedAt),
    started_by: startedBy,
    stopped_at: stoppedAt === null ? null : instant(stoppedAt),
    stop,
  }
}

function armOf({ version, accepted, ended, succeeded, failed, read }: Arm): Experiment['a'] {
  return { version, accepted, ended, succeeded, failed, read }
}
