import { describe, expect, it } from 'vitest'
import { exampleFor } from './examples.ts'

describe('exampleFor', () => {
  it('guesses from the name, and repeats the name when it has no idea', () => {
    expect(exampleFor('verify_code', 'en')).toBe('482913')
    expect(exampleFor('zzz', 'en')).toBe('zzz')
  })

  it('speaks the language of the screen', () => {
    expect(exampleFor('userName', 'en')).toBe('Lin Mei')
    expect(exampleFor('userName', 'zh')).toBe('林梅')
  })

  it('never leaves a variable open', () => {
    for (const name of ['a', '_', 'expires_at', 'order_no']) expect(exampleFor(name, 'zh')).not.toBe('')
  })
})
