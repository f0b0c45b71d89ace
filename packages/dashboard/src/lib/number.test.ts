import { describe, expect, it } from 'vitest'
import { formatCompact, formatCount, formatPercent, formatRate } from './number.ts'

describe('figures', () => {
  it('tell 0 from none', () => {
    expect([formatCount(0), formatCount(null)]).toEqual(['0', '—'])
    expect([formatPercent(0), formatPercent(null)]).toEqual(['0%', '—'])
  })

  it('never round a rate up to a hundred', () => {
    expect(formatPercent(99.99)).toBe('99.99%')
    expect(formatPercent(100)).toBe('100%')
  })

  it('are grouped, and short where there is little room', () => {
    expect(formatCount(1_203_456)).toBe('1,203,456')
    expect(formatCompact(999, 'en')).toBe('999')
    expect(formatCompact(12_345, 'en')).toBe('12.3K')
    expect(formatCompact(123_456, 'zh')).toBe('12.3万')
  })

  it('have a decimal only where it says something', () => {
    expect([formatRate(0.25), formatRate(12.34), formatRate(1203.4)]).toEqual(['0.3', '12.3', '1,203'])
  })
})
