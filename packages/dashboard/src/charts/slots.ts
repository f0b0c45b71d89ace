/** The range as columns: what was sent beside what is usual, on one row of slots. */
import type { MonitorStats } from '@signalbox/contracts'
import { formatClock, formatWeekdayAt, type Language } from '../lib/time.ts'

export interface Slots {
  slotMs: number
  labels: string[]
  /** Whole slots; null where none has passed yet. The one that is still filling would look like a fall. */
  sent: (number | null)[]
  failed: (number | null)[]
  low: (number | null)[]
  median: (number | null)[]
  high: (number | null)[]
  failedHigh: (number | null)[]
  weeks: number
}

export function slotsOf(
  curve: MonitorStats['curve'],
  usual: MonitorStats['usual'] | undefined,
  language: Language,
): Slots {
  const slotMs = curve.slot_ms
  const curveStart = Date.parse(curve.first_slot)
  const band = usual && usual.weeks > 0 && usual.slot_ms === slotMs ? usual : null
  const start = band ? Math.min(curveStart, Date.parse(band.first_slot)) : curveStart
  const shift = Math.round((curveStart - start) / slotMs)
  const bandShift = band ? Math.round((Date.parse(band.first_slot) - start) / slotMs) : 0
  const length = Math.max(shift + curve.sent.length, band ? bandShift + band.median.length : 0)
  const days = length * slotMs > 36 * 3_600_000

  const last = shift + curve.sent.length - 1
  const at = (values: readonly (number | null)[], by: number) =>
    Array.from({ length }, (_, i) => values[i - by] ?? null)
  const upTo = (values: readonly number[]) => at(values, shift).map((value, i) => (i < last ? value : null))

  return {
    slotMs,
    labels: Array.from({ length }, (_, i) => {
      const time = start + i * slotMs
      return days ? formatWeekdayAt(time, language) : formatClock(time)
    }),
    sent: upTo(curve.sent),
    failed: upTo(curve.failed),
    low: at(band?.low ?? [], bandShift),
    median: at(band?.median ?? [], bandShift),
    high: at(band?.high ?? [], bandShift),
    failedHigh: at(band?.failed_high ?? [], bandShift),
    weeks: band?.weeks ?? 0,
  }
}
