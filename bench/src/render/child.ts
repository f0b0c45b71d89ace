/** Renders one message after the other, as the pipeline does: from a version that is parsed already. */
import {
  renderContent,
  checkVariables,
  type CompiledTemplate,
} from '../../../packages/engine/src/templates/catalogue.ts'
import { parseTemplate } from '../../../packages/engine/src/templates/render.ts'
import { answerWith, given } from '../children.ts'
import { perSecond } from '../in-flight.ts'

export interface RenderInput {
  ms: number
  format: 'text' | 'html'
}

const TEXT =
  'Hello {{name}}, your code for {{service}} is {{code}}. It is valid for {{minutes}} minutes; tell it to nobody.'
const VARIABLES = { name: 'Ada & Bob', service: 'Signalbox', code: '481516', minutes: 5 }
const BETWEEN_LOOKS = 1_000

const { ms, format } = await given<RenderInput>()
await answerWith(async (): Promise<number> => {
  const paragraph = format === 'html' ? `<p class="x">${TEXT}</p>\n` : TEXT
  const content = parseTemplate(format === 'html' ? paragraph.repeat(10) : paragraph)
  const template: CompiledTemplate = {
    ...{ templateId: 1, version: 1, name: 'Code', channel: 'email', purpose: 'notice', format, content },
    subject: parseTemplate('Your code, {{name}}'),
    variables: new Set(Object.keys(VARIABLES)),
    offersUnsubscribe: false,
  }
  run(ms / 4)
  return run(ms)

  function run(forMs: number): number {
    const begun = performance.now()
    let count = 0
    let chars = 0
    let took = 0
    do {
      for (let i = 0; i < BETWEEN_LOOKS; i++) {
        chars += renderContent(template, checkVariables(template, { ...VARIABLES, code: String(i) })).text.length
      }
      count += BETWEEN_LOOKS
      took = performance.now() - begun
    } while (took < forMs)
    if (chars === 0) throw new Error('expected text, got none')
    return perSecond({ count, ms: took })
  }
})
