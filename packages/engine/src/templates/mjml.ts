/**
 * MJML becomes HTML once, when it is published; mjml itself is loaded with the first mail that needs it. Some sources of
 * a legal length take it many seconds: it runs in a thread (`mjml-threads.ts`), never beside sends.
 */
import { MJML_LIMITS } from '@signalbox/contracts'
import { parseTemplate, TemplateSyntaxError } from './render.ts'

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
    const problems = errors
      .slice(0, MJML_LIMITS.problems)
      .map(({ line, tagName, message }) => ({ line, message: shortened(`<${tagName}> ${message}`) }))
    const unusable = problemOf(html)
    return unusable ? { html: '', problems: [...problems, unusable] } : { html, problems }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return { html: '', problems: [{ line: null, message: shortened(message) }] }
  }
}

/** What it became could not be sent. */
function problemOf(html: string): MjmlProblem | null {
  if (html.length > MJML_LIMITS.htmlChars) {
    const message = `expected HTML of at most ${MJML_LIMITS.htmlChars} characters, got ${html.length}`
    return { line: null, message }
  }
  try {
    parseTemplate(html)
    return null
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    return { line: null, message: `its HTML has a broken placeholder: ${error.message}` }
  }
}

function shortened(message: string): string {
  return message.length > MJML_LIMITS.messageChars ? `${message.slice(0, MJML_LIMITS.messageChars)} …` : message
}
