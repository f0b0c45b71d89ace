import { describe, expect, it } from 'vitest'
import { i18n } from '../../i18n/index.ts'
import { stopWords } from './experiment-stop.ts'
import './words.ts'

const say = (stop: Parameters<typeof stopWords>[0]) => i18n.global.t(...stopWords(stop))

describe('why an experiment stopped', () => {
  it('is said with the figures of that moment', () => {
    const [bad, good] = [
      { version: 2, failed: 30, ended: 200 },
      { version: 1, failed: 4, ended: 210 },
    ]
    expect(say({ kind: 'failing', bad, good })).toBe('version 2 failed in 15.0 % of 200, version 1 in 1.9 % of 210')
  })

  it('names who did it, where somebody said so', () => {
    expect(say({ kind: 'published', version: 3, by: 'Ann' })).toBe('version 3 was published by Ann')
    expect(say({ kind: 'published', version: 3, by: null })).toBe('version 3 was published')
    expect(say({ kind: 'promoted', version: 1, by: 'Ann' })).toBe('version 1 was promoted by Ann')
    expect(say({ kind: 'ended', by: null })).toBe('ended')
    expect(say({ kind: 'archived' })).toBe('the template was archived')
  })
})
