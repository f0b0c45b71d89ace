/** Figures as they stand on screen. Grouping and point are the same in both languages. */
import type { Language } from './time.ts'

/** What stands where there is no figure: not the same as 0. */
export const NO_FIGURE = '—'

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 })
const compact: Record<Language, Intl.NumberFormat> = {
  en: new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }),
  zh: new Intl.NumberFormat('zh-CN', { notation: 'compact', maximumSignificantDigits: 3 }),
}

/** `1,203` */
export function formatCount(value: number | null): string {
  return value === null ? NO_FIGURE : grouped.format(value)
}

/** `1.23K`, `12.3万`; for axes and labels with little room. */
export function formatCompact(value: number, language: Language): string {
  return value < 1000 ? grouped.format(value) : compact[language].format(value)
}

/** `97.32%`: two decimals, as the API has it; `100%` without. */
export function formatPercent(value: number | null): string {
  if (value === null) return NO_FIGURE
  return value === 100 || value === 0 ? `${value}%` : `${value.toFixed(2)}%`
}

/** Per second: `12.3`, `1,203`. */
export function formatRate(perSecond: number): string {
  return perSecond < 100 ? oneDecimal.format(perSecond) : grouped.format(perSecond)
}
