/** What is in the editor's fields, and how it travels to the API. */
import type {
  Channel,
  CreateTemplate,
  Template,
  TemplateFormat,
  TemplateVersion,
  UpdateTemplate,
} from '@signalbox/contracts'
import { CHANNEL_TRAITS } from './channel-traits.ts'

export interface Draft {
  name: string
  channel: Channel
  format: TemplateFormat
  /** Kept while the channel has no subject, so that switching back and forth loses nothing. */
  subject: string
  content: string
}

export function emptyDraft(channel: Channel = 'sms'): Draft {
  return { name: '', channel, format: 'text', subject: '', content: '' }
}

export function draftOf(template: Template): Draft {
  const { name, channel, format, subject, content } = template
  return { name, channel, format, subject: subject ?? '', content }
}

/** The draft with the text of an older version in it. */
export function draftWith(draft: Draft, version: TemplateVersion): Draft {
  return { ...draft, format: version.format, subject: version.subject ?? '', content: version.content }
}

/** The format in force: HTML chosen for e-mail does not follow to a channel without it. */
export function formatOf(draft: Draft): TemplateFormat {
  return CHANNEL_TRAITS[draft.channel].formats.includes(draft.format) ? draft.format : 'text'
}

/** The subject in force; null where the channel has none or it is blank. */
export function subjectOf(draft: Draft): string | null {
  return CHANNEL_TRAITS[draft.channel].subject === 'none' || draft.subject.trim() === '' ? null : draft.subject
}

export function sameDraft(a: Draft, b: Draft): boolean {
  return (
    a.name === b.name &&
    a.channel === b.channel &&
    a.content === b.content &&
    formatOf(a) === formatOf(b) &&
    subjectOf(a) === subjectOf(b)
  )
}

/** Variables are left out: the server takes them from subject and content, so the two cannot disagree. */
export function toCreate(draft: Draft, status: 'draft' | 'active'): CreateTemplate {
  const { name, channel, content } = draft
  return { name, channel, format: formatOf(draft), subject: subjectOf(draft), content, status }
}

/** What a version says about itself. */
export type Said = Pick<UpdateTemplate, 'note' | 'author'>

/** The text alone, as the calls that try it take it. */
export function editOf(draft: Draft) {
  return { format: formatOf(draft), subject: subjectOf(draft), content: draft.content }
}

/** `revision` is the one the editor started from: the server refuses to overwrite a newer one. */
export function toUpdate(draft: Draft, revision: number, publish: boolean, said: Said = {}): UpdateTemplate {
  const { name, content } = draft
  return { name, format: formatOf(draft), subject: subjectOf(draft), content, revision, publish, ...said }
}
