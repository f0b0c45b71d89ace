/** A believable value for a variable, guessed from its name, so that a preview reads like the real thing at one click. */
import type { Language } from '../../lib/time.ts'

type Example = string | Readonly<Record<Language, string>>

const GUESSES: readonly (readonly [RegExp, Example])[] = [
  [/code|otp|pin|captcha/i, '482913'],
  [/phone|mobile/i, '138 0013 8000'],
  [/e?mail/i, 'lin.mei@example.com'],
  [/url|link|href/i, 'https://example.com/t/8F3K'],
  [/amount|price|total|fee|balance/i, '128.00'],
  [/date|day/i, '2026-01-31'],
  [/time|at$/i, '14:30'],
  [/minutes?|mins?|count|num|days?|hours?/i, '5'],
  [/order|tracking|number|no$|id$/i, 'SF1024867'],
  [/city|place|address/i, { en: 'Shanghai', zh: '上海' }],
  [/company|shop|store|brand|product/i, 'Signalbox'],
  [/name|user|customer|member/i, { en: 'Lin Mei', zh: '林梅' }],
]

export function exampleFor(variable: string, language: Language): string {
  const example = GUESSES.find(([pattern]) => pattern.test(variable))?.[1] ?? variable
  return typeof example === 'string' ? example : example[language]
}
