// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { textPartOf } from './html-text.ts'

describe('textPartOf', () => {
  it('sets paragraphs apart and breaks where the markup does', () => {
    expect(textPartOf('<h1>Hello</h1><p>first<br>second</p>\n<p>third</p>')).toBe('Hello\n\nfirst\nsecond\n\nthird')
  })

  it('keeps where a link goes, once', () => {
    expect(textPartOf('<a href="https://a.example">Track it</a>')).toBe('Track it [https://a.example]')
    expect(textPartOf('<a href="https://a.example">https://a.example</a>')).toBe('https://a.example')
  })

  it('reads cells and list items as lines of their own', () => {
    expect(textPartOf('<table><tr><td>a</td><td>b</td></tr></table><ul><li>c</li></ul>')).toBe('a\n\nb\n\n* c')
  })

  it('leaves out what no reader sees', () => {
    expect(textPartOf('<style>p{}</style><script>alert(1)</script><p>x &amp; y</p>')).toBe('x & y')
  })
})
