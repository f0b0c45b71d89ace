/** A range of the wall as time: where it begins, its slots, and the same slots of past weeks. Pure. */
import type { Range } from '@signalbox/contracts'
import { addDays, dayOf, rangeOfDay, startOfDay, weekBefore } from './calendar.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
/** How far back "usual" looks. */
export const USUAL_WEEKS = 8

export interface Span {
  from: number
  to: number
}

export interface Slots {
  first: number
  slotMs: number
  /** Up to now, the last one still filling. */
  past: number
  /** With the hours of today that are still to come. */
  all: number
}

export const floorTo = (at: number, unit: number): number => at - (at % unit)
export const nextMinute = (now: number): number => floorTo(now, MINUTE_MS) + MINUTE_MS

/** Where the range begins. `7d` are seven days with today as the last, as in the trend. */
export function startOf(range: Range, now: number, timeZone: string): number {
  const today = dayOf(now, timeZone)
  switch (range) {
    case 'today':
      return startOfDay(today, timeZone)
    case '24h':
      return nextMinute(now) - DAY_MS
    case '7d':
      return startOfDay(addDays(today, -6), timeZone)
  }
}

/** Hours, for seven days four of them at a time. */
export function slotsOf(range: Range, now: number, timeZone: string): Slots {
  const start = startOf(range, now, timeZone)
  const slotMs = range === '7d' ? 4 * HOUR_MS : HOUR_MS
  const first = range === '24h' ? floorTo(start, HOUR_MS) : start
  const past = Math.floor((now - first) / slotMs) + 1
  const end = range === 'today' ? rangeOfDay(dayOf(now, timeZone), timeZone).to : now
  return { first, slotMs, past, all: Math.max(past, Math.ceil((end - first) / slotMs)) }
}

export function spansOf({ first, slotMs }: Slots, count: number): Span[] {
  return Array.from({ length: count }, (_, i) => ({ from: first + i * slotMs, to: first + (i + 1) * slotMs }))
}

/** The same stretch so many weeks before, by the clock on the wall. */
export function weeksBefore({ from, to }: Span, weeks: number, timeZone: string): Span {
  let at = from
  for (let i = 0; i < weeks; i++) at = weekBefore(at, timeZone)
  return { from: at, to: at + (to - from) }
}

/** Low, median and high of what past weeks had in one slot; null where there was none. */
export function bandOf(values: readonly number[]): { low: number; median: number; high: number } | null {
  const sorted = [...values].sort((a, b) => a - b)
  const [low] = sorted
  const high = sorted.at(-1)
  if (low === undefined || high === undefined) return null
  const middle = (sorted.length - 1) / 2
  const median = ((sorted[Math.floor(middle)] ?? low) + (sorted[Math.ceil(middle)] ?? high)) / 2
  return { low, median: Math.round(median), high }
}
