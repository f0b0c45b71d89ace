/**
 * Days of an IANA time zone as ranges of epoch ms, daylight saving and half-hour zones included. From Intl alone.
 */
const DAY_MS = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    })
    formats.set(timeZone, format)
  }
  return format
}

/** The wall clock of the zone at that instant, as if it were UTC. */
function wallClock(at: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** Milliseconds to add to UTC to get the zone's wall clock at that instant. */
export function offsetAt(at: number, timeZone: string): number {
  const whole = Math.floor(at / 1000) * 1000
  return wallClock(whole, timeZone) - whole
}

/** The day (YYYY-MM-DD) that holds this instant in the zone. */
export function dayOf(at: number, timeZone: string): string {
  return new Date(wallClock(at, timeZone)).toISOString().slice(0, 10)
}

/** Days as numbers: `addDays('2026-03-01', -1)` is `2026-02-28`. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10)
}

/** First instant of the day in the zone. Where midnight does not exist (a daylight saving gap), the first that does. */
export function startOfDay(day: string, timeZone: string): number {
  return instantOf(Date.parse(`${day}T00:00:00Z`), timeZone)
}

/** The instant at which the zone's clocks show `time` (HH:MM) on that day; in a gap, the first that exists after it. */
export function timeOfDay(day: string, time: string, timeZone: string): number {
  return instantOf(Date.parse(`${day}T${time}:00Z`), timeZone)
}

/** First instant of the day and of the one after. */
export function rangeOfDay(day: string, timeZone: string): { from: number; to: number } {
  return { from: startOfDay(day, timeZone), to: startOfDay(addDays(day, 1), timeZone) }
}

/** The last `count` days up to the one that holds `now`, oldest first. */
export function lastDays(now: number, count: number, timeZone: string): string[] {
  const today = dayOf(now, timeZone)
  return Array.from({ length: count }, (_, i) => addDays(today, i - count + 1))
}

/** The same wall-clock time on the same weekday, one week before. */
export function weekBefore(now: number, timeZone: string): number {
  return instantOf(wallClock(now, timeZone) + (now % 1000) - 7 * DAY_MS, timeZone)
}

/** The instant at which the zone's wall clock shows `wall` (written as UTC); in a gap, the end of the gap. */
function instantOf(wall: number, timeZone: string): number {
  const earlier = wall - offsetAt(wall - DAY_MS, timeZone)
  const later = wall - offsetAt(wall + DAY_MS, timeZone)
  for (const at of [earlier, later]) if (at + offsetAt(at, timeZone) === wall) return at
  return Math.max(earlier, later)
}

/** True for a zone name that Intl knows. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}
