import { describe, expect, it } from 'vitest'
import { preferredLanguage } from './preferences.ts'

describe('the language', () => {
  it('is the first of the browser that we speak, whatever its region', () => {
    expect(preferredLanguage(['fr-FR', 'zh-TW', 'en'])).toBe('zh')
    expect(preferredLanguage(['en-US', 'zh-CN'])).toBe('en')
  })

  it('is English where we speak none', () => {
    expect(preferredLanguage(['fr', 'de'])).toBe('en')
    expect(preferredLanguage([])).toBe('en')
  })
})
