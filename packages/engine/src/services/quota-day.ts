/** The day over which an account's quota counts: it begins at a time of its own in a zone of its own. Pure. */
import { addDays, dayOf, timeOfDay } from '../stats/calendar.ts'

export interface QuotaDay {
  /** Epoch ms. */
  from: number
  to: number
}

/** @param resetAt HH:MM. @param timeZone IANA. */
export function quotaDay(resetAt: string, timeZone: string, now: number): QuotaDay {
  const today = dayOf(now, timeZone)
  const reset = timeOfDay(today, resetAt, timeZone)
  return now < reset
    ? { from: timeOfDay(addDays(today, -1), resetAt, timeZone), to: reset }
    : { from: reset, to: timeOfDay(addDays(today, 1), resetAt, timeZone) }
}
