/**
 * The plain-text part that goes with an HTML e-mail, as near as the preview needs it: the sending adapter derives the
 * real one with rules of its own for tables and lists.
 */

const SKIPPED = new Set(['HEAD', 'STYLE', 'SCRIPT', 'TITLE', 'TEMPLATE', 'IMG'])
const PARAGRAPHS = new Set(['P', 'H1', 'H2', 'H3', 'H4', 'H5', 'H6', 'UL', 'OL', 'TABLE', 'BLOCKQUOTE', 'PRE'])
const LINES = new Set(['DIV', 'SECTION', 'ARTICLE', 'HEADER', 'FOOTER', 'MAIN', 'CENTER', 'LI', 'TR', 'TD', 'TH'])

/** Parsed in an inert document: no script runs and nothing is fetched. */
export function textPartOf(html: string): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html')
  return readChildren(body)
    .replaceAll(/[ \t]*\n[ \t]*/g, '\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}

function readChildren(parent: Node): string {
  return [...parent.childNodes].map(read).join('')
}

function read(node: Node): string {
  if (node.nodeType === Node.TEXT_NODE) return (node.textContent ?? '').replaceAll(/\s+/g, ' ')
  if (!(node instanceof Element) || SKIPPED.has(node.tagName)) return ''
  if (node.tagName === 'BR') return '\n'
  const breaks = PARAGRAPHS.has(node.tagName) ? '\n\n' : LINES.has(node.tagName) ? '\n' : ''
  return breaks + textOfElement(node) + breaks
}

function textOfElement(element: Element): string {
  const text = readChildren(element)
  if (element.tagName === 'LI') return ` * ${text.trim()}`
  const href = element.tagName === 'A' ? element.getAttribute('href') : null
  return href && href !== text.trim() ? `${text} [${href}]` : text
}
