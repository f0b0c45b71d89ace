/**
 * The `{{name}}` language of templates as an editor sees it: also everything that is wrong with it, and where. What is
 * a variable here is one for the engine, and the engine refuses a source with any malformed piece but `stray`.
 */

/** As in the engine: blanks are allowed around the name, line breaks are not. */
const PLACEHOLDER = /^\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]{0,63})[ \t]*\}\}$/

/** `unclosed`: `{{` without `}}`; `empty`: nothing between them; `name`: not a variable's name; `stray`: `}}` alone. */
export type Malformation = 'unclosed' | 'empty' | 'name' | 'stray'

/** A source cut into pieces that join back to it: `pieces.map((piece) => piece.raw).join('') === source`. */
export type Piece =
  | { kind: 'text'; raw: string; at: number }
  | { kind: 'variable'; raw: string; at: number; name: string }
  | { kind: 'malformed'; raw: string; at: number; problem: Malformation }

export function parsePlaceholders(source: string): Piece[] {
  const pieces: Piece[] = []
  const marks = [...source.matchAll(/\{\{|\}\}/g)]
  let done = 0
  for (const [i, mark] of marks.entries()) {
    // The closing mark of the placeholder before.
    if (mark.index < done) continue
    if (mark.index > done) pieces.push({ kind: 'text', raw: source.slice(done, mark.index), at: done })
    const next = marks[i + 1]
    const close = mark[0] === '{{' && next?.[0] === '}}' ? next.index : null
    const piece =
      close === null ? unpaired(mark[0], mark.index) : between(source.slice(mark.index, close + 2), mark.index)
    pieces.push(piece)
    done = piece.at + piece.raw.length
  }
  if (done < source.length) pieces.push({ kind: 'text', raw: source.slice(done), at: done })
  return pieces
}

export function placeholder(name: string): string {
  return `{{${name}}}`
}

export function isVariableName(text: string): boolean {
  return PLACEHOLDER.test(placeholder(text))
}

/** Names in the order of their first use. */
export function variablesOf(...sources: string[]): string[] {
  const names = sources.flatMap(parsePlaceholders).flatMap((piece) => (piece.kind === 'variable' ? [piece.name] : []))
  return [...new Set(names)]
}

/** Line and column as an editor counts them, both from 1. */
export function positionOf(source: string, at: number): { line: number; column: number } {
  const before = source.slice(0, at)
  return { line: before.split('\n').length, column: at - before.lastIndexOf('\n') }
}

function unpaired(raw: string, at: number): Piece {
  return { kind: 'malformed', raw, at, problem: raw === '{{' ? 'unclosed' : 'stray' }
}

function between(raw: string, at: number): Piece {
  const name = PLACEHOLDER.exec(raw)?.[1]
  if (name !== undefined) return { kind: 'variable', raw, at, name }
  return { kind: 'malformed', raw, at, problem: raw.slice(2, -2).trim() === '' ? 'empty' : 'name' }
}
