import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffText } from './diff.ts'

describe('diffText', () => {
  it('shows words, and hanzi one by one', () => {
    expect(diffText('Hello {{name}}!', 'Hi {{name}}!')).toEqual([
      { kind: 'removed', text: 'Hello' },
      { kind: 'added', text: 'Hi' },
      { kind: 'same', text: ' {{name}}!' },
    ])
    expect(diffText('验证码', '登录码')).toEqual([
      { kind: 'removed', text: '验证' },
      { kind: 'added', text: '登录' },
      { kind: 'same', text: '码' },
    ])
  })

  it('gives both texts back, whatever they are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '字', '{{x}}'), maxLength: 60 })
    fc.assert(
      fc.property(text, text, (before, after) => {
        const parts = diffText(before, after)
        const without = (kind: string) => parts.flatMap((part) => (part.kind === kind ? [] : [part.text])).join('')
        expect(without('added')).toBe(before)
        expect(without('removed')).toBe(after)
      }),
    )
  })

  it('does not hold the page up on long texts that have nothing in common', () => {
    expect(diffText('a '.repeat(50_000), 'b '.repeat(50_000)).map(({ kind }) => kind)).toEqual(['removed', 'added'])
  })
})
