import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MAX_RENDERED_CHARS, parseTemplate, render, TemplateSyntaxError, variablesOf } from './render.ts'

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/)
const literal = fc.string({ unit: 'binary' }).filter((text) => !text.includes('{'))

function errorOf(source: string): TemplateSyntaxError {
  try {
    parseTemplate(source)
  } catch (error) {
    if (error instanceof TemplateSyntaxError) return error
  }
  throw new Error(`${source} was parsed`)
}

describe('parseTemplate', () => {
  it('splits text and placeholders, with or without blanks inside the braces', () => {
    expect(parseTemplate('Hi {{name}}, code {{ code }}!')).toEqual([
      { kind: 'literal', text: 'Hi ' },
      { kind: 'variable', name: 'name' },
      { kind: 'literal', text: ', code ' },
      { kind: 'variable', name: 'code' },
      { kind: 'literal', text: '!' },
    ])
  })

  it('leaves single braces and closing braces alone', () => {
    expect(parseTemplate('{"a": {b}} }} { {')).toEqual([{ kind: 'literal', text: '{"a": {b}} }} { {' }])
  })

  it.each([
    ['{{', 0],
    ['a {{}}', 2],
    ['{{1st}}', 0],
    ['{{a.b}}', 0],
    ['{{#if x}}', 0],
    ['{{{name}}}', 0],
    ['{{name}', 0],
    ['{{ok}} {{na me}}', 7],
    ['{{line\nbreak}}', 0],
    [`{{${'x'.repeat(65)}}}`, 0],
  ])('refuses %j at its position', (source, at) => {
    expect(errorOf(source).at).toBe(at)
  })

  it('tells line, column and what stands there', () => {
    const error = errorOf('first\nsecond {{oops}\n')
    expect(error).toMatchObject({ line: 2, column: 8 })
    expect(error.message).toBe('expected {{name}} at line 2, column 8, got "{{oops} "')
  })

  it('gives back what any literals and names were put together from', () => {
    const piece = fc.oneof(
      literal.map((text) => ({ source: text, value: text })),
      name.map((variable) => ({ source: `{{ ${variable}}}`, value: `<${variable}>` })),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const ast = parseTemplate(pieces.map((each) => each.source).join(''))
        const values = Object.fromEntries(variablesOf(ast).map((variable) => [variable, `<${variable}>`]))
        expect(render(ast, values, 'text')).toBe(pieces.map((each) => each.value).join(''))
      }),
    )
  })

  it('either parses any text or names a {{ in it', () => {
    const text = fc.array(fc.constantFrom('{', '}', '{{', '}}', 'a', ' ', '\n')).map((parts) => parts.join(''))
    fc.assert(
      fc.property(text, (source) => {
        try {
          const ast = parseTemplate(source)
          expect(ast.every((segment) => segment.kind === 'variable' || !segment.text.includes('{{'))).toBe(true)
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateSyntaxError)
          if (error instanceof TemplateSyntaxError) expect(source.startsWith('{{', error.at)).toBe(true)
        }
      }),
    )
  })

  it('takes a million placeholders', () => {
    expect(parseTemplate('{{a}}'.repeat(1_000_000))).toHaveLength(1_000_000)
  })

  it.each([
    ['a megabyte of {', '{'.repeat(1_000_000)],
    ['a megabyte of blanks after {{', `{{${' '.repeat(1_000_000)}`],
    ['a megabyte of blanks after the name', `{{a${' '.repeat(1_000_000)}`],
    ['a megabyte of letters after {{', `{{${'a'.repeat(1_000_000)}`],
  ])('refuses %s at once', (_what, source) => {
    expect(errorOf(source).at).toBe(0)
  })
})

describe('render', () => {
  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'never finds %s on the prototype',
    (inherited) => {
      expect(() => render(parseTemplate(`{{${inherited}}}`), {}, 'text')).toThrow(
        `expected variables.${inherited} to be a value, got nothing`,
      )
    },
  )

  it('finds __proto__ when it is a variable of its own', () => {
    const variables = JSON.parse('{"__proto__":"mine"}') as Record<string, string>
    expect(render(parseTemplate('{{__proto__}}'), variables, 'text')).toBe('mine')
  })

  it('escapes variables in html and keeps the author’s markup', () => {
    const ast = parseTemplate('<b>{{name}}</b>')
    expect(render(ast, { name: `<i a="1" b='2'>&` }, 'html')).toBe(
      '<b>&lt;i a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;</b>',
    )
  })

  it('lets no value open a tag, end an attribute or begin an entity in html', () => {
    const ast = parseTemplate('{{v}}')
    fc.assert(
      fc.property(fc.string(), (v) => {
        const html = render(ast, { v }, 'html')
        expect(html).not.toMatch(/[<>"']/)
        expect(html).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/)
      }),
    )
  })

  it('lets no value begin a new header line', () => {
    const ast = parseTemplate('Re: {{v}}')
    expect(render(ast, { v: 'x\r\nBcc: all@example.com\u2028\u0085\u0000' }, 'header')).toBe(
      'Re: xBcc: all@example.com',
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (v) => {
        expect(render(ast, { v }, 'header')).not.toMatch(/\p{Cc}|\u2028|\u2029/u)
      }),
    )
  })

  it('does not look for placeholders in values', () => {
    expect(render(parseTemplate('{{a}}'), { a: '{{b}}', b: 'no' }, 'text')).toBe('{{b}}')
  })

  it('refuses a text above the limit', () => {
    const ast = parseTemplate('{{a}}{{a}}')
    const half = 'x'.repeat(MAX_RENDERED_CHARS / 2)
    expect(render(ast, { a: half }, 'text')).toHaveLength(MAX_RENDERED_CHARS)
    expect(() => render(ast, { a: `${half}x` }, 'text')).toThrow(
      'expected rendered text to be at most 1000000 characters',
    )
  })
})

describe('variablesOf', () => {
  it('names each variable once over all parts', () => {
    expect(variablesOf(parseTemplate('{{b}}{{a}}{{b}}'), parseTemplate('{{c}}{{a}}'))).toEqual(['b', 'a', 'c'])
  })
})
