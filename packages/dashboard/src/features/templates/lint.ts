/** What is wrong with a draft before the server says so. */
import { TEMPLATE_LIMITS, type CompiledMjml, type TemplateFormat } from '@signalbox/contracts'
import { CHANNEL_TRAITS } from './channel-traits.ts'
import { askedOf, formatOf, type Draft } from './draft.ts'
import { parsePlaceholders, positionOf, variablesOf, type Malformation } from './placeholders.ts'
import { SMS_MAX_CHARACTERS } from './sms-segments.ts'

export type DraftField = 'name' | 'subject' | 'content'

export type LintRule =
  'missing' | 'too_long' | 'too_many_variables' | 'sms_too_long' | 'unknown' | 'unused' | 'mjml' | Malformation

/** `error`: it cannot be published; `warning`: it can, and perhaps is meant so. */
export interface Finding {
  rule: LintRule
  severity: 'error' | 'warning'
  field: DraftField
  /** Where in the field the offending text stands; null when the field as a whole is meant. */
  place: { at: number; length: number; line: number; column: number; raw: string } | null
  /** For rules with a limit: what was found, and the most that is allowed. */
  got?: number
  /** The variable it is about, or what mjml says. */
  text?: string
  max?: number
}

export function lintDraft(draft: Draft): Finding[] {
  const hasSubject = CHANNEL_TRAITS[draft.channel].subject !== 'none'
  return [
    ...missing(draft),
    ...tooLong('name', draft.name, TEMPLATE_LIMITS.nameChars),
    ...(hasSubject ? tooLong('subject', draft.subject, TEMPLATE_LIMITS.subjectChars) : []),
    ...tooLong('content', draft.content, TEMPLATE_LIMITS.contentChars),
    ...tooManyVariables(hasSubject ? [draft.subject, draft.content] : [draft.content]),
    ...longSms(draft),
    ...(hasSubject ? malformed('subject', draft.subject, 'text') : []),
    ...malformed('content', draft.content, formatOf(draft)),
  ]
}

function missing(draft: Draft): Finding[] {
  const required: DraftField[] = ['name', 'content']
  if (CHANNEL_TRAITS[draft.channel].subject === 'required') required.splice(1, 0, 'subject')
  return required
    .filter((field) => draft[field].trim() === '')
    .map((field) => ({ rule: 'missing', severity: 'error', field, place: null }))
}

function tooLong(field: DraftField, text: string, max: number): Finding[] {
  return text.length > max ? [{ rule: 'too_long', severity: 'error', field, place: null, got: text.length, max }] : []
}

function tooManyVariables(sources: string[]): Finding[] {
  const got = variablesOf(...sources).length
  const max = TEMPLATE_LIMITS.variables
  return got > max ? [{ rule: 'too_many_variables', severity: 'error', field: 'content', place: null, got, max }] : []
}

/** Counted without the placeholders: what is too long already is too long with any values. */
function longSms({ channel, content }: Draft): Finding[] {
  if (channel !== 'sms') return []
  const fixed = parsePlaceholders(content).filter((piece) => piece.kind !== 'variable')
  const got = fixed.reduce((sum, piece) => sum + piece.raw.length, 0)
  const max = SMS_MAX_CHARACTERS
  return got > max ? [{ rule: 'sms_too_long', severity: 'warning', field: 'content', place: null, got, max }] : []
}

function malformed(field: DraftField, source: string, format: TemplateFormat): Finding[] {
  return parsePlaceholders(source).flatMap((piece): Finding[] => {
    if (piece.kind !== 'malformed') return []
    // Nested rules of a style sheet end in `}}`.
    if (piece.problem === 'stray' && format !== 'text') return []
    const severity = piece.problem === 'stray' ? 'warning' : 'error'
    const place = { at: piece.at, length: piece.raw.length, raw: piece.raw, ...positionOf(source, piece.at) }
    return [{ rule: piece.problem, severity, field, place }]
  })
}

/**
 * Against what applications send now. `unknown`: they do not send it, so each message will be refused until they do;
 * `unused`: they still send it, and a variable that the template does not have is refused too.
 */
export function lintVariables(draft: Draft, sent: readonly string[] | null): Finding[] {
  if (!sent) return []
  const used = askedOf(draft)
  const unknown = used.filter((name) => !sent.includes(name)).map((text) => ({ rule: 'unknown' as const, text }))
  const unused = sent.filter((name) => !used.includes(name)).map((text) => ({ rule: 'unused' as const, text }))
  return [...unknown, ...unused].map((each) => ({
    ...each,
    severity: 'warning',
    field: 'content',
    place: each.rule === 'unknown' ? firstUse(draft.content, each.text) : null,
  }))
}

function firstUse(source: string, name: string): Finding['place'] {
  const piece = parsePlaceholders(source).find((each) => each.kind === 'variable' && each.name === name)
  return piece ? { at: piece.at, length: piece.raw.length, raw: piece.raw, ...positionOf(source, piece.at) } : null
}

/** A line as a whole: mjml names no column. What it says of a text that has moved on is not shown. */
export function lintMjml(draft: Draft, problems: CompiledMjml['problems']): Finding[] {
  const lines = draft.content.split('\n')
  return problems.map(({ line, message }) => {
    const raw = line === null ? undefined : lines[line - 1]
    const at = lines.slice(0, (line ?? 1) - 1).join('\n').length + (line && line > 1 ? 1 : 0)
    const place =
      raw === undefined || line === null ? null : { at, length: raw.length, line, column: 1, raw: raw.trim() }
    return { rule: 'mjml', severity: 'error', field: 'content', place, text: message }
  })
}
