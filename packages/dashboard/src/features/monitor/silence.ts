/** Whether a quiet hour is a quiet hour: no message and no error look the same as nobody sending any more. */
import type { MonitorStats } from '@signalbox/contracts'

/** What is usual in the slot that `now` lies in; null when something was sent in the last hour, or little is usual. */
export function silenceAgainst(
  { last_hour: hour, usual }: Partial<MonitorStats>,
  now: number,
): { low: number; high: number; slotMs: number } | null {
  if (!hour || !usual || usual.weeks === 0 || hour.sent.some((count) => count > 0)) return null
  const slot = Math.floor((now - Date.parse(usual.first_slot)) / usual.slot_ms)
  const [low, high] = [usual.low[slot] ?? 0, usual.high[slot] ?? 0]
  return low > 0 ? { low, high, slotMs: usual.slot_ms } : null
}
