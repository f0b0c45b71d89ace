import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isVariableName, parsePlaceholders, positionOf, variablesOf } from './placeholders.ts'

const problems = (source: string) =>
  parsePlaceholders(source).flatMap((piece) => (piece.kind === 'malformed' ? [[piece.problem, piece.at]] : []))

describe('parsePlaceholders', () => {
  it('cuts a source into text and variables', () => {
    expect(parsePlaceholders('Hi {{name}}!')).toEqual([
      { kind: 'text', raw: 'Hi ', at: 0 },
      { kind: 'variable', raw: '{{name}}', at: 3, name: 'name' },
      { kind: 'text', raw: '!', at: 11 },
    ])
  })

  it('allows spaces around a name', () => {
    expect(variablesOf('{{ code }}')).toEqual(['code'])
  })

  it('names each malformed placeholder with its place', () => {
    expect(problems('a {{name')).toEqual([['unclosed', 2]])
    expect(problems('{{}} {{ }}')).toEqual([
      ['empty', 0],
      ['empty', 5],
    ])
    expect(problems('{{user.name}}')).toEqual([['name', 0]])
    expect(problems('{{1st}}')).toEqual([['name', 0]])
    expect(problems('done }}')).toEqual([['stray', 5]])
  })

  it('finds the variable behind an unclosed placeholder', () => {
    expect(problems('{{first {{second}}')).toEqual([['unclosed', 0]])
    expect(variablesOf('{{first {{second}}')).toEqual(['second'])
  })

  it('refuses three braces and a line break inside, as the engine does', () => {
    expect(problems('{{{name}}}')).toEqual([['name', 0]])
    expect(problems('{{line\nbreak}}')).toEqual([['name', 0]])
  })

  it('takes a placeholder at the end of an object', () => {
    expect(variablesOf('{"a":{{x}}}')).toEqual(['x'])
    expect(problems('{"a":{{x}}}')).toEqual([])
  })

  it('takes a hundred thousand braces at once', () => {
    expect(problems('{{'.repeat(50_000))).toHaveLength(50_000)
  })

  it('loses no character of any source', () => {
    const source = fc.string({ unit: fc.constantFrom('{', '}', 'a', '_', '1', '.', ' ', '\n', '中'), maxLength: 40 })
    fc.assert(
      fc.property(source, (text) => {
        const pieces = parsePlaceholders(text)
        expect(pieces.map((piece) => piece.raw).join('')).toBe(text)
        for (const piece of pieces) expect(text.startsWith(piece.raw, piece.at)).toBe(true)
      }),
    )
  })
})

describe('variablesOf', () => {
  it('lists each name once, subject first, in order of use', () => {
    expect(variablesOf('{{b}}', '{{a}} {{b}} {{a}}')).toEqual(['b', 'a'])
  })
})

describe('positionOf', () => {
  it('counts lines and columns from 1', () => {
    expect(positionOf('ab\ncd', 0)).toEqual({ line: 1, column: 1 })
    expect(positionOf('ab\ncd', 4)).toEqual({ line: 2, column: 2 })
  })
})

describe('isVariableName', () => {
  it('takes letters, digits and _, not beginning with a digit, at most 64', () => {
    expect(['a', '_x1', 'A'.repeat(64)].every(isVariableName)).toBe(true)
    expect(['', '1a', 'a.b', 'a b', '名', 'a}}{{b', 'A'.repeat(65)].some(isVariableName)).toBe(false)
  })
})
