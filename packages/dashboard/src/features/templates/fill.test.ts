import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill, fillHeader, fillHtml, textOf } from './fill.ts'

describe('fill', () => {
  it('puts samples in and marks what is open or broken', () => {
    expect(fill('Hi {{name}}, {{code}} {{1x}}', { name: 'Ada' })).toEqual([
      { kind: 'text', text: 'Hi ' },
      { kind: 'value', text: 'Ada' },
      { kind: 'text', text: ', ' },
      { kind: 'open', text: '{{code}}' },
      { kind: 'text', text: ' ' },
      { kind: 'broken', text: '{{1x}}' },
    ])
  })

  it('does not look for placeholders in values', () => {
    expect(textOf(fill('{{a}}', { a: '{{b}}', b: 'no' }))).toBe('{{b}}')
  })

  it('never takes a value from the prototype', () => {
    expect(fill('{{constructor}}', {})).toEqual([{ kind: 'open', text: '{{constructor}}' }])
  })
})

describe('fillHeader', () => {
  it('lets no value begin a new line', () => {
    expect(textOf(fillHeader('Re: {{x}}', { x: 'a\r\nBcc: b' }))).toBe('Re: aBcc: b')
  })
})

describe('fillHtml', () => {
  it('escapes values and keeps the markup of the author', () => {
    expect(fillHtml('<b>{{name}}</b>', { name: `<i a="1" b='2'>&` })).toBe(
      '<b>&lt;i a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;</b>',
    )
  })

  it('marks an open variable in the text and leaves it bare inside a tag', () => {
    expect(fillHtml('<a href="{{link}}">{{label}}</a>', {})).toBe('<a href="{{link}}"><mark>{{label}}</mark></a>')
  })

  it('lets no value open a tag or end an attribute', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        expect(fillHtml('{{v}}', { v: value })).not.toMatch(/[<>"']/)
      }),
    )
  })
})
