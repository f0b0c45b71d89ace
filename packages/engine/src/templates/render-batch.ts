/** Renders many payloads with a draft and with what is in force, and tells what fails and what differs. Pure. */
import { checkVariables, offersUnsubscribe, renderContent, type CompiledTemplate } from './catalogue.ts'
import { parseTemplate } from './render.ts'

/** Variables of one message. */
export interface Payload {
  recordId: number
  variables: Readonly<Record<string, string>>
}

/** What is rendered, unparsed: an AST need not cross between threads. */
export interface RenderBody {
  format: 'text' | 'html'
  subject: string | null
  content: string
  variables: readonly string[]
}

export interface RenderBatch {
  draft: RenderBody
  /** The version in force; null while there is none. */
  published: RenderBody | null
  payloads: readonly Payload[]
}

export interface RenderFailure {
  recordId: number
  message: string
}

export interface RenderDifference {
  recordId: number
  field: 'subject' | 'content'
  /** Where they part, in UTF-16 units, and what stands there, some characters before included. Null: there is none. */
  at: number
  before: string | null
  after: string | null
}

export interface RenderReport {
  total: number
  /** A message with this payload would be refused, or could not be rendered. */
  failed: number
  /** Rendered, and not what the version in force gives; without one nothing is changed. */
  changed: number
  unchanged: number
  /** The first of each, in the order of the payloads. */
  failures: RenderFailure[]
  differences: RenderDifference[]
}

/** Failures and differences shown. */
export const SHOWN = 20
const EXCERPT_BEFORE = 20
const EXCERPT = 120

export function renderBatch({ draft, published, payloads }: RenderBatch): RenderReport {
  const after = compileBody(draft)
  const before = published && compileBody(published)
  const report = emptyReport()
  for (const payload of payloads) {
    report.total += 1
    const rendered = attempt(after, payload)
    if ('message' in rendered) {
      report.failed += 1
      if (report.failures.length < SHOWN) report.failures.push({ recordId: payload.recordId, ...rendered })
      continue
    }
    const was = before && attempt(before, payload)
    const difference = was && differenceOf(payload.recordId, 'message' in was ? null : was, rendered)
    if (!difference) report.unchanged += 1
    else {
      report.changed += 1
      if (report.differences.length < SHOWN) report.differences.push(difference)
    }
  }
  return report
}

export function emptyReport(): RenderReport {
  return { total: 0, failed: 0, changed: 0, unchanged: 0, failures: [], differences: [] }
}

/** Of one report after another. */
export function addReport(sum: RenderReport, next: RenderReport): RenderReport {
  return {
    total: sum.total + next.total,
    failed: sum.failed + next.failed,
    changed: sum.changed + next.changed,
    unchanged: sum.unchanged + next.unchanged,
    failures: [...sum.failures, ...next.failures].slice(0, SHOWN),
    differences: [...sum.differences, ...next.differences].slice(0, SHOWN),
  }
}

interface Rendered {
  subject: string | null
  content: string
}

/** As acceptance and the pipeline do it: first the variables are checked, then the text is made. */
function attempt(compiled: CompiledTemplate, { variables }: Payload): Rendered | { message: string } {
  try {
    const { subject, text } = renderContent(compiled, checkVariables(compiled, variables))
    return { subject, content: text }
  } catch (error) {
    return { message: error instanceof Error ? error.message : String(error) }
  }
}

export function compileBody({ format, subject: title, content: body, variables: names }: RenderBody): CompiledTemplate {
  const subject = title === null ? null : parseTemplate(title)
  const content = parseTemplate(body)
  const variables = new Set(names)
  return {
    ...{ templateId: 0, version: 0, name: '', channel: 'email', purpose: 'notice', format },
    ...{ subject, content, variables, offersUnsubscribe: offersUnsubscribe(subject, content, variables) },
  }
}

/** The first place where they part; null when they are the same. `before` null: it could not be rendered at all. */
function differenceOf(recordId: number, before: Rendered | null, after: Rendered): RenderDifference | null {
  for (const field of ['subject', 'content'] as const) {
    const was = before?.[field] ?? null
    const is = after[field]
    if (was === is) continue
    const at = parting(was ?? '', is ?? '')
    const excerpt = (text: string | null) =>
      text === null ? null : text.slice(Math.max(0, at - EXCERPT_BEFORE), at + EXCERPT)
    return { recordId, field, at, before: excerpt(was), after: excerpt(is) }
  }
  return null
}

function parting(a: string, b: string): number {
  let at = 0
  while (at < a.length && at < b.length && a[at] === b[at]) at++
  return at
}
