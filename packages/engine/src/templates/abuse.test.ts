/** What somebody will send some day: each must be refused or come out as text, and never hold the process up. */
import { describe, expect, it } from 'vitest'
import { MAX_RENDERED_CHARS, parseTemplate, render, variablesOf } from './render.ts'

const PROTOTYPE_NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
]

describe('the abuse corpus', () => {
  it.each(PROTOTYPE_NAMES)('takes {{%s}} for a variable that nobody gave', (name) => {
    expect(() => render(parseTemplate(`{{${name}}}`), {}, 'text')).toThrow(/expected variables\..* got nothing/)
  })

  it.each(PROTOTYPE_NAMES)('gives the own value of %s, and leaves every object as it was', (name) => {
    const variables = JSON.parse(`{${JSON.stringify(name)}: "own"}`) as Record<string, string>
    expect(render(parseTemplate(`{{${name}}}`), variables, 'text')).toBe('own')
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12)
  })

  it('renders a megabyte and refuses more', () => {
    const ast = parseTemplate('{{text}}')
    expect(render(ast, { text: 'x'.repeat(MAX_RENDERED_CHARS) }, 'text')).toHaveLength(MAX_RENDERED_CHARS)
    expect(() => render(ast, { text: 'x'.repeat(MAX_RENDERED_CHARS + 1) }, 'text')).toThrow(/at most 1000000/)
    // Escaping makes it longer: the limit is on what comes out.
    expect(() => render(ast, { text: '<'.repeat(MAX_RENDERED_CHARS / 2) }, 'html')).toThrow(/at most 1000000/)
  })

  it('stops at the limit in the middle of a million placeholders', () => {
    const ast = parseTemplate('{{a}}'.repeat(1_000_000))
    expect(variablesOf(ast)).toEqual(['a'])
    expect(() => render(ast, { a: 'xx' }, 'text')).toThrow(/at most 1000000/)
    expect(render(ast, { a: 'x' }, 'text')).toHaveLength(1_000_000)
  })

  it('does not read a value again: what looks like a placeholder stays text', () => {
    expect(render(parseTemplate('{{a}}'), { a: '{{b}}', b: 'secret' }, 'text')).toBe('{{b}}')
  })

  it.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    '</style><svg onload=alert(1)>',
  ])('lets no markup out of %s', (value) => {
    const source = '<p title="{{a}}">{{a}}</p>'
    const marks = (text: string) => text.match(/[<>"']/g)
    expect(marks(render(parseTemplate(source), { a: value }, 'html'))).toEqual(marks(source))
  })

  it.each(['a\r\nBcc: x@example.com', 'a\nX: 1', 'a\rX: 1', 'a\u0085X: 1', 'a\u2028X: 1', 'a\u0000b'])(
    'keeps %j on one header line',
    (value) => {
      const line = render(parseTemplate('Re: {{a}}'), { a: value }, 'header')
      expect([...line].filter((each) => each < ' ' || '\u0085\u2028\u2029'.includes(each))).toEqual([])
    },
  )
})
