/** What changed between two texts, word by word: for people who decide about it, not for machines. */
export interface DiffPart {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** Words, runs of blanks, and every other character alone: a hanzi is a word. */
const WORDS = /[A-Za-z0-9_]+|[^\S\n]+|[\s\S]/gu
const LINES = /[^\n]*\n|[^\n]+$/g
/** Cells of the table; above it lines are compared, then nothing. */
const MOST = 1_000_000

export function diffText(before: string, after: string): DiffPart[] {
  for (const unit of [WORDS, LINES]) {
    const a = before.match(unit) ?? []
    const b = after.match(unit) ?? []
    const { head, tail } = shared(a, b)
    const [midA, midB] = [a.slice(head, a.length - tail), b.slice(head, b.length - tail)]
    if (midA.length * midB.length > MOST) continue
    const parts: DiffPart[] = [
      { kind: 'same', text: a.slice(0, head).join('') },
      ...compare(midA, midB),
      { kind: 'same', text: a.slice(a.length - tail).join('') },
    ]
    return joined(parts)
  }
  return joined([
    { kind: 'removed', text: before },
    { kind: 'added', text: after },
  ])
}

function shared(a: readonly string[], b: readonly string[]): { head: number; tail: number } {
  const most = Math.min(a.length, b.length)
  let head = 0
  while (head < most && a[head] === b[head]) head++
  let tail = 0
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++
  return { head, tail }
}

/** By the longest common subsequence. */
function compare(a: readonly string[], b: readonly string[]): DiffPart[] {
  const width = b.length + 1
  const lengths = new Uint32Array((a.length + 1) * width)
  const at = (i: number, j: number) => lengths[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const parts: DiffPart[] = []
  let [i, j] = [0, 0]
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      parts.push({ kind: 'same', text: a[i] ?? '' })
      i++
      j++
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) {
      parts.push({ kind: 'removed', text: a[i++] ?? '' })
    } else parts.push({ kind: 'added', text: b[j++] ?? '' })
  }
  return parts
}

/** Neighbours of one kind are one; within a change what went comes before what came. */
function joined(parts: readonly DiffPart[]): DiffPart[] {
  const result: DiffPart[] = []
  let [removed, added] = ['', '']
  const flush = () => {
    if (removed) result.push({ kind: 'removed', text: removed })
    if (added) result.push({ kind: 'added', text: added })
    ;[removed, added] = ['', '']
  }
  for (const { kind, text } of parts) {
    if (text === '') continue
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else {
      flush()
      const last = result.at(-1)
      if (last?.kind === 'same') last.text += text
      else result.push({ kind, text })
    }
  }
  flush()
  return result
}
