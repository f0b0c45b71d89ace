import { describe, expect, it } from 'vitest'
import { textOf } from './html-text.ts'

describe('the text reading of an HTML mail', () => {
  it('keeps words, entities and the addresses of links', () => {
    expect(textOf('<h1>Hi &amp; 你好</h1><p>See <a href="https://a.example/x">the order</a></p>')).toBe(
      'Hi & 你好\n\nSee the order [https://a.example/x]',
    )
  })

  it('does not repeat a link whose text is its address', () => {
    expect(textOf('<a href="https://a.example">https://a.example</a>')).toBe('https://a.example')
  })

  it('reads the cells of a layout table one after another', () => {
    expect(textOf('<table><tr><td>Total</td><td>¥ 12</td></tr></table>')).toBe('Total\n¥ 12')
  })

  it('leaves out images, styles and scripts', () => {
    expect(textOf('<style>p{}</style><script>x()</script><img src="a.png" alt="a"><p>b</p>')).toBe('b')
  })
})
