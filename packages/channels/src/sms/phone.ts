import { checkRecipient } from '../recipient.ts'

/** How a text message travels: what it is billed in and how its number is written depend on it. */
export function routeOf(e164: string): 'mainland' | 'international' {
  return e164.startsWith('+86') ? 'mainland' : 'international'
}

/** A number as a provider writes it in a receipt, with or without + and country code, in our spelling; null for none. */
export function canonicalPhone(number: string, country = '86'): string | null {
  const digits = number.replace(/^(?:\+|00)/, '')
  const mainland = /^(?:86)?(1[3-9]\d{9})$/.exec(digits)?.[1]
  const e164 = mainland !== undefined ? `+86${mainland}` : `+${digits.startsWith(country) ? '' : country}${digits}`
  const checked = checkRecipient('sms', mainland === undefined && number.startsWith('+') ? number : e164)
  return checked.ok ? checked.canonical : null
}

/** UTC+8 without daylight saving: the clock of mainland carriers. `2026-01-15 16:00:00` in epoch ms, null for anything else. */
export function chinaTime(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return null
  const at = Date.parse(`${text.replace(' ', 'T')}+08:00`)
  return Number.isNaN(at) ? null : at
}

/** `20260115`: the day in China. */
export function chinaDay(at: number): string {
  return new Date(at + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
}

/** Our record id as a provider echoes it; null when it is none of ours. */
export function echoedRecordId(echo: unknown): number | null {
  if (typeof echo !== 'string' || !/^[1-9]\d{0,15}$/.test(echo)) return null
  const id = Number(echo)
  return Number.isSafeInteger(id) ? id : null
}
