import type { Template, TemplateVersion } from '@signalbox/contracts'
import type { TemplateRecord, TemplateVersionRecord } from '@signalbox/engine'
import type { View } from './view.ts'

export function presentTemplate(record: TemplateRecord, { instant }: View): Template {
  const { id, name, channel, format, subject, content, variables, status, version, revision } = record
  return {
    ...{ id, name, channel, format, subject, content, variables, status, version, revision },
    has_draft: record.hasDraft,
    created_at: instant(record.createdAt),
    updated_at: instant(record.updatedAt),
  }
}

export function presentTemplateVersion(record: TemplateVersionRecord, { instant }: View): TemplateVersion {
  const { version, format, subject, content, variables, note } = record
  return {
    template_id: record.templateId,
    ...{ version, format, subject, content, variables, note },
    created_at: instant(record.createdAt),
  }
}
