/** MJML becomes HTML once, when it is published; mjml itself is loaded with the first mail that needs it. */
import { EngineError, issue } from '../errors.ts'

export interface MjmlProblem {
  /** From 1; null where mjml names none. */
  line: number | null
  message: string
}

export interface CompiledMjml {
  html: string
  problems: MjmlProblem[]
}

/** Includes read no files and no fonts are fetched: a mail must not tell its reader's address to anybody. */
export async function compileMjml(source: string): Promise<CompiledMjml> {
  const { default: mjml } = await import('mjml')
  try {
    const { html, errors } = await mjml(source, {
      validationLevel: 'soft',
      keepComments: false,
      ignoreIncludes: true,
      fonts: {},
    })
    return {
      html,
      problems: errors.map(({ line, tagName, message }) => ({ line, message: `<${tagName}> ${message}` })),
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { html: '', problems: [{ line: null, message }] }
  }
}

/** The HTML; throws `invalid` with an issue per problem. */
export async function htmlOfMjml(source: string): Promise<string> {
  const { html, problems } = await compileMjml(source)
  if (problems.length === 0) return html
  const issues = problems.map(({ line, message }) =>
    issue('content', line === null ? 'MJML' : `MJML without a mistake in line ${line}`, message),
  )
  throw new EngineError('invalid', issues.map((each) => each.message).join('; '), { issues })
}
