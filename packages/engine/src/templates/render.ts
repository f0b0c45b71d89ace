/**
 * Our template language: literal text and `{{name}}`, nothing else. No logic, no filters, no paths, no evaluation.
 * Parsing and rendering take time linear in their input.
 */
import { EngineError, issue } from '../errors.ts'

export type TemplateSegment = { kind: 'literal'; text: string } | { kind: 'variable'; name: string }

/** Segments in order; adjacent literals are one. */
export type TemplateAst = readonly TemplateSegment[]

/**
 * Where the text goes, which decides how variables are escaped: `html` for e-mail bodies, `header` for subjects and
 * other one-line fields, `text` for everything that its reader takes literally.
 */
export type RenderTarget = 'html' | 'header' | 'text'

/** UTF-16 units of one rendered text: ten times the longest content. */
export const MAX_RENDERED_CHARS = 1_000_000

/** The same names as `variableNameSchema` of the contracts; blanks inside the braces are allowed. */
const PLACEHOLDER = /\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}/y

/** The content is not a template. `at` counts UTF-16 units from 0, `line` and `column` from 1. */
export class TemplateSyntaxError extends Error {
  override readonly name = 'TemplateSyntaxError'
  readonly at: number
  readonly line: number
  readonly column: number

  constructor(source: string, at: number) {
    const before = source.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const found = source.slice(at, at + 20).replaceAll(/\s+/g, ' ')
    super(`expected {{name}} at line ${line}, column ${column}, got ${JSON.stringify(found)}`)
    this.at = at
    this.line = line
    this.column = column
  }
}

/** Throws `TemplateSyntaxError` at the first `{{` that does not begin a well-formed placeholder. */
export function parseTemplate(source: string): TemplateAst {
  const segments: TemplateSegment[] = []
  let from = 0
  for (;;) {
    const open = source.indexOf('{{', from)
    const literal = open < 0 ? source.slice(from) : source.slice(from, open)
    if (literal !== '') segments.push({ kind: 'literal', text: literal })
    if (open < 0) return segments
    PLACEHOLDER.lastIndex = open
    const name = PLACEHOLDER.exec(source)?.[1]
    if (name === undefined) throw new TemplateSyntaxError(source, open)
    segments.push({ kind: 'variable', name })
    from = PLACEHOLDER.lastIndex
  }
}

/** Each name once, in order of first use. */
export function variablesOf(...asts: readonly TemplateAst[]): string[] {
  const names = new Set<string>()
  for (const ast of asts) for (const segment of ast) if (segment.kind === 'variable') names.add(segment.name)
  return [...names]
}

/**
 * Fills the variables in, escaped for the target; literal text stays as its author wrote it. Only own properties of
 * `variables` count. Throws `EngineError`: `missing_variable`, or `invalid` above `MAX_RENDERED_CHARS`.
 */
export function render(ast: TemplateAst, variables: Readonly<Record<string, string>>, target: RenderTarget): string {
  const escape = ESCAPERS[target]
  let text = ''
  for (const segment of ast) {
    text += segment.kind === 'literal' ? segment.text : escape(valueOf(segment.name, variables))
    if (text.length > MAX_RENDERED_CHARS) throw tooLong()
  }
  return text
}

function valueOf(name: string, variables: Readonly<Record<string, string>>): string {
  const value = Object.hasOwn(variables, name) ? variables[name] : undefined
  if (value !== undefined) return value
  const missing = issue(`variables.${name}`, 'a value', undefined)
  throw new EngineError('missing_variable', missing.message, { issues: [missing] })
}

function tooLong(): EngineError {
  const found = issue('rendered text', `at most ${MAX_RENDERED_CHARS} characters`, 'more')
  return new EngineError('invalid', found.message, { issues: [found] })
}

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** C0, DEL, C1 and the two Unicode line separators: whatever could end a header line or hide in it. */
// eslint-disable-next-line no-control-regex -- removing control characters is what it is for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

const ESCAPERS: Record<RenderTarget, (value: string) => string> = {
  // Most values have nothing to escape, and looking is quicker than replacing.
  html: (value) =>
    /[&<>"']/.test(value) ? value.replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character) : value,
  header: (value) => value.replaceAll(CONTROL_CHARACTERS, ''),
  text: (value) => value,
}
