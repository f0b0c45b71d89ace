/** Figures as they stand on screen. Grouping and point are the same in both languages. */
import type { Language } from './time.ts'

/** What stands where there is no figure: not the same as 0. */
export const NO_FIGURE = '—'

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })
const oneDecimal = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 1 })
const LOCALE: Record<Language, string> = { en: 'en', zh: 'zh-CN' }
const compact = new Map<string, Intl.NumberFormat>()

function compactFormat(language: Language, digits: number): Intl.NumberFormat {
  const key = `${language}${digits}`
  const format =
    compact.get(key) ??
    new Intl.NumberFormat(LOCALE[language], { notation: 'compact', maximumSignificantDigits: digits })
  compact.set(key, format)
  return format
}

/** `1,203` */
export function formatCount(value: number | null): string {
  return value === null ? NO_FIGURE : grouped.format(value)
}

/** `1.23K`, `12.3万`; for axes and labels with little room, where room is least with fewer digits. */
export function formatCompact(value: number, language: Language, digits = 3): string {
  return value < 1000 ? grouped.format(value) : compactFormat(language, digits).format(value)
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

/** `38.1%`; `<0.1%` for what is there and would round to nothing. */
export function shareOf(part: number, whole: number): string {
  if (whole === 0) return NO_FIGURE
  const percent = (part / whole) * 100
  return part > 0 && percent < 0.05 ? '<0.1%' : `${percent.toFixed(1)}%`
}
