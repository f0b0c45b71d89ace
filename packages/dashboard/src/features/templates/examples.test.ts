import { describe, expect, it } from 'vitest'
import { exampleFor } from './examples.ts'

describe('exampleFor', () => {
  it('guesses from the name, and repeats the name when it has no idea', () => {
    expect(exampleFor('verify_code')).toBe('482913')
    expect(exampleFor('userName')).toBe('林梅')
    expect(exampleFor('zzz')).toBe('zzz')
  })

  it('never leaves a variable open', () => {
    for (const name of ['a', '_', 'expires_at', 'order_no']) expect(exampleFor(name)).not.toBe('')
  })
})
