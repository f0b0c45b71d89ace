/** A draft with sample values in it, escaped as the engine does it, and with what is still open visibly marked. */
import { parsePlaceholders } from './placeholders.ts'

export type Samples = Readonly<Record<string, string>>

/** `value`: filled in; `open`: a variable without a sample; `broken`: a malformed placeholder, as written. */
export interface Part {
  kind: 'text' | 'value' | 'open' | 'broken'
  text: string
}

export function fill(source: string, samples: Samples): Part[] {
  return parsePlaceholders(source).map((piece): Part => {
    if (piece.kind === 'text') return { kind: 'text', text: piece.raw }
    if (piece.kind === 'malformed') return { kind: piece.problem === 'stray' ? 'text' : 'broken', text: piece.raw }
    const sample = sampleOf(piece.name, samples)
    return sample === '' ? { kind: 'open', text: piece.raw } : { kind: 'value', text: sample }
  })
}

/** For subjects and titles: a value cannot begin a new line there. */
export function fillHeader(source: string, samples: Samples): Part[] {
  const noControls = (text: string) => text.replaceAll(CONTROL_CHARACTERS, '')
  return fill(source, samples).map((part) => (part.kind === 'value' ? { ...part, text: noControls(part.text) } : part))
}

export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join('')
}

/** The author's markup as it is, values escaped, what is open in `<mark>`, or bare where it stands inside a tag. */
export function fillHtml(source: string, samples: Samples): string {
  let html = ''
  for (const part of fill(source, samples)) {
    if (part.kind === 'text') html += part.text
    else if (part.kind === 'value' || isInsideTag(html)) html += escapeHtml(part.text)
    else html += `<mark>${escapeHtml(part.text)}</mark>`
  }
  return html
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character)
}

const HTML_ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** The set that the engine removes from one-line fields. */
// eslint-disable-next-line no-control-regex -- removing control characters is what it is for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g

/** Own properties only, as in the engine: `{{constructor}}` is open until someone types a value. */
function sampleOf(name: string, samples: Samples): string {
  return Object.hasOwn(samples, name) ? (samples[name] ?? '') : ''
}

function isInsideTag(html: string): boolean {
  return html.lastIndexOf('<') > html.lastIndexOf('>')
}
