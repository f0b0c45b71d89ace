/**
 * What makes a template fit to be saved: its syntax, its variables, and what its channel has room for. All that is
 * wrong is told at once.
 */
import {
  TEMPLATE_LIMITS,
  UNSUBSCRIBE_VARIABLE,
  type Channel,
  type Issue,
  type Purpose,
  type TemplateFormat,
} from '@signalbox/contracts'
import { EngineError, issue } from '../errors.ts'
import { parseTemplate, TemplateSyntaxError, variablesOf, type TemplateAst } from './render.ts'

/** A template as its author typed it; `variables` left out means: whatever subject and content use. */
export interface TemplateDraft {
  channel: Channel
  purpose: Purpose
  format: TemplateFormat
  subject: string | null
  content: string
  variables: readonly string[] | undefined
}

/** `required`: without one it cannot be sent. `optional`: becomes the title of the card. `none`: has no place for one. */
const SUBJECTS: Record<Channel, 'required' | 'optional' | 'none'> = {
  sms: 'none',
  email: 'required',
  app: 'optional',
  wechat: 'optional',
  feishu: 'optional',
}

export interface CheckedDraft {
  /** Null instead of blank. */
  subject: string | null
  /** As declared; in order of first use, subject first, when they were left out. */
  variables: string[]
}

/** Throws `EngineError('invalid')` with one issue per fault. */
export function checkDraft(draft: TemplateDraft): CheckedDraft {
  const subject = draft.subject?.trim() ? draft.subject : null
  const issues = [...subjectIssues(draft.channel, subject), ...lengthIssues(draft.content, subject)]
  if (draft.format !== 'text' && draft.channel !== 'email') {
    issues.push(issue('format', `text on channel ${draft.channel} (html and mjml are for email)`, draft.format))
  }
  const subjectAst = parsed('subject', subject ?? '', issues)
  const contentAst = parsed('content', draft.content, issues)
  if (!subjectAst || !contentAst) throw invalid(issues)

  const ours = draft.channel === 'email' && draft.purpose === 'marketing' ? UNSUBSCRIBE_VARIABLE : null
  const used = variablesOf(subjectAst, contentAst).filter((name) => name !== ours)
  const variables = draft.variables ? [...draft.variables] : used
  issues.push(...variableIssues(variables, used, ours))
  if (issues.length > 0) throw invalid(issues)
  return { subject, variables }
}

function subjectIssues(channel: Channel, subject: string | null): Issue[] {
  const rule = SUBJECTS[channel]
  if (rule === 'required' && subject === null)
    return [issue('subject', `present on channel ${channel}`, subject ?? undefined)]
  if (rule === 'none' && subject !== null) return [issue('subject', `left out on channel ${channel}`, subject)]
  if (subject !== null && /[\r\n]/.test(subject)) return [issue('subject', 'on one line', subject)]
  return []
}

function lengthIssues(content: string, subject: string | null): Issue[] {
  const { contentChars, subjectChars } = TEMPLATE_LIMITS
  const issues: Issue[] = []
  if (content.length < 1 || content.length > contentChars) {
    issues.push(issue('content', `1 to ${contentChars} characters long`, content.length))
  }
  if (subject && subject.length > subjectChars) {
    issues.push(issue('subject', `at most ${subjectChars} characters long`, subject.length))
  }
  return issues
}

function parsed(path: string, source: string, issues: Issue[]): TemplateAst | null {
  try {
    return parseTemplate(source)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    const found = source.slice(error.at, error.at + 20)
    issues.push(issue(path, `text with {{name}} placeholders (line ${error.line}, column ${error.column})`, found))
    return null
  }
}

/** `ours`: filled in for every recipient without being asked for. */
function variableIssues(declared: readonly string[], used: readonly string[], ours: string | null): Issue[] {
  const issues: Issue[] = []
  const usedNames = new Set(used)
  const seen = new Set<string>()
  declared.forEach((name, index) => {
    if (seen.has(name)) issues.push(issue(`variables[${index}]`, 'listed once', name))
    else if (name === ours)
      issues.push(issue(`variables[${index}]`, 'left out: it is filled in for each recipient', name))
    else if (!usedNames.has(name)) issues.push(issue(`variables[${index}]`, 'used in subject or content', name))
    seen.add(name)
  })
  for (const name of used)
    if (!seen.has(name)) issues.push(issue('variables', `a list with ${name}, which is used`, declared))
  if (used.length > TEMPLATE_LIMITS.variables) {
    issues.push(issue('variables', `at most ${TEMPLATE_LIMITS.variables} names`, used.length))
  }
  return issues
}

function invalid(issues: readonly Issue[]): EngineError {
  return new EngineError('invalid', issues.map((each) => each.message).join('; '), { issues })
}
