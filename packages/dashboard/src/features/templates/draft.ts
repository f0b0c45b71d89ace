/** What is in the editor's fields, and how it travels to the API. */
import {
  UNSUBSCRIBE_VARIABLE,
  type Channel,
  type CreateTemplate,
  type Purpose,
  type Template,
  type TemplateFormat,
  type TemplateVersion,
  type UpdateTemplate,
} from '@signalbox/contracts'
import { CHANNEL_TRAITS } from './channel-traits.ts'
import { variablesOf } from './placeholders.ts'

export interface Draft {
  name: string
  channel: Channel
  purpose: Purpose
  format: TemplateFormat
  /** Kept while the channel has no subject, so that switching back and forth loses nothing. */
  subject: string
  content: string
}

export function emptyDraft(channel: Channel = 'sms'): Draft {
  return { name: '', channel, purpose: 'notice', format: 'text', subject: '', content: '' }
}

export function draftOf(template: Template): Draft {
  const { name, channel, purpose, format, subject, content } = template
  return { name, channel, purpose, format, subject: subject ?? '', content }
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
    a.purpose === b.purpose &&
    a.content === b.content &&
    formatOf(a) === formatOf(b) &&
    subjectOf(a) === subjectOf(b)
  )
}

/** Filled in by the server for each recipient: no application sends it. */
export function isOurs(name: string, { channel, purpose }: Draft): boolean {
  return name === UNSUBSCRIBE_VARIABLE && channel === 'email' && purpose === 'marketing'
}

/** What applications have to send a value for. */
export function askedOf(draft: Draft): string[] {
  return variablesOf(subjectOf(draft) ?? '', draft.content).filter((name) => !isOurs(name, draft))
}

/** Variables are left out: the server takes them from subject and content, so the two cannot disagree. */
export function toCreate(draft: Draft, status: 'draft' | 'active'): CreateTemplate {
  const { name, channel, purpose, content } = draft
  return { name, channel, purpose, format: formatOf(draft), subject: subjectOf(draft), content, status }
}

/** What a version says about itself. */
export type Said = Pick<UpdateTemplate, 'note' | 'author'>

/** The text alone, as the calls that try it take it. */
export function editOf(draft: Draft) {
  return { format: formatOf(draft), subject: subjectOf(draft), content: draft.content }
}

/** `revision` is the one the editor started from: the server refuses to overwrite a newer one. */
export function toUpdate(draft: Draft, revision: number, publish: boolean, said: Said = {}): UpdateTemplate {
  const { name, purpose, content } = draft
  return { name, purpose, format: formatOf(draft), subject: subjectOf(draft), content, revision, publish, ...said }
}
