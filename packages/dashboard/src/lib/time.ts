/** Instants and durations as operators read them: in the zone of the `display.time_zone` setting, never the browser's. */
import { readonly, shallowRef } from 'vue'

export type Language = 'zh' | 'en'

const zone = shallowRef(Intl.DateTimeFormat().resolvedOptions().timeZone)

/** IANA name; the browser's until the server has told. */
export const displayZone = readonly(zone)

export function setDisplayZone(name: string): void {
  zone.value = name
}

/** Making a format costs more than using it a thousand times. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone)
  if (known) return known
  const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const
  const made = new Intl.DateTimeFormat('en-GB', { timeZone, hourCycle: 'h23', ...numeric })
  formats.set(timeZone, made)
  return made
}

interface Minute {
  /** `2025-11-21` */
  date: string
  /** `14:03` */
  clock: string
}

/**
 * Minutes that were told before. Zones differ by whole minutes, so that the second is the same in all of them; and what is
 * on a screen lies in few minutes, while using a format costs more than all else in telling a time.
 */
const minutes = new Map<string, Minute>()
const MINUTES_KEPT = 1_000

function minuteOf(epochMs: number, timeZone: string): Minute {
  const key = `${Math.floor(epochMs / 60_000)} ${timeZone}`
  const known = minutes.get(key)
  if (known) return known
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(epochMs)
      .map(({ type, value }) => [type, value]),
  )
  const { year, month, day, hour, minute } = parts
  if (minutes.size >= MINUTES_KEPT) minutes.clear()
  const told = { date: `${year}-${month}-${day}`, clock: `${hour}:${minute}` }
  minutes.set(key, told)
  return told
}

const epochOf = (instant: string | number | Date): number => new Date(instant).getTime()

function padded(value: number, digits: number): string {
  return String(Math.floor(value)).padStart(digits, '0')
}

/** 0 to below `of`, also before 1970. */
const within = (value: number, of: number): number => ((value % of) + of) % of

/** `14:03:21` */
export function formatTime(instant: string | number | Date, timeZone = zone.value): string {
  const epochMs = epochOf(instant)
  return `${minuteOf(epochMs, timeZone).clock}:${padded(within(epochMs, 60_000) / 1000, 2)}`
}

/** `14:03` */
export function formatClock(instant: string | number | Date, timeZone = zone.value): string {
  return minuteOf(epochOf(instant), timeZone).clock
}

/** `14:03:21.512` */
export function formatTimeMs(instant: string | number | Date, timeZone = zone.value): string {
  return `${formatTime(instant, timeZone)}.${padded(within(epochOf(instant), 1000), 3)}`
}

/** `2025-11-21 14:03:21` */
export function formatDateTime(instant: string | number | Date, timeZone = zone.value): string {
  return `${minuteOf(epochOf(instant), timeZone).date} ${formatTime(instant, timeZone)}`
}

/** A calendar day (YYYY-MM-DD) as a short weekday: `Fri`, `周五`. The day has no zone. */
export function formatWeekday(day: string, language: Language): string {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString(LOCALES[language], { weekday: 'short', timeZone: 'UTC' })
}

/** The weekday of an instant: `Fri`, `周五`. */
export function formatWeekdayAt(instant: string | number | Date, language: Language, timeZone = zone.value): string {
  return formatWeekday(formatDateTime(instant, timeZone).slice(0, 10), language)
}

export const LOCALES: Record<Language, string> = { zh: 'zh-CN', en: 'en-GB' }

const UNITS = {
  en: { ms: ' ms', s: ' s', min: ' min', h: ' h', d: ' d' },
  zh: { ms: ' ms', s: ' 秒', min: ' 分', h: ' 小时', d: ' 天' },
} as const

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** `850 ms`, `3.2 s`, `42 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`: two units at most, rounded down from a minute on. */
export function formatDuration(ms: number, language: Language): string {
  const unit = UNITS[language]
  if (ms < 0) return `−${formatDuration(-ms, language)}`
  if (ms < 9.95) return trimZero(ms.toFixed(1)) + unit.ms
  if (Math.round(ms) < SECOND) return Math.round(ms) + unit.ms
  if (ms < 9.95 * SECOND) return trimZero((ms / SECOND).toFixed(1)) + unit.s
  if (ms < MINUTE) return Math.min(59, Math.round(ms / SECOND)) + unit.s
  if (ms < HOUR) return pair(ms, MINUTE, unit.min, SECOND, unit.s)
  if (ms < DAY) return pair(ms, HOUR, unit.h, MINUTE, unit.min)
  return pair(ms, DAY, unit.d, HOUR, unit.h)
}

function pair(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const whole = Math.floor(ms / large)
  const rest = Math.floor((ms % large) / small)
  return rest === 0 ? whole + largeUnit : `${whole}${largeUnit} ${rest}${smallUnit}`
}

function trimZero(text: string): string {
  return text.replace(/\.0$/, '')
}
