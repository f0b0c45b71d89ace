/** When the hours of a zone are quiet, by its wall clock, daylight saving included. Pure. */
import { offsetAt } from '../stats/calendar.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** From HH:MM to before HH:MM, over midnight where the second is not later. Both the same: never. */
export interface QuietHours {
  from: string
  to: string
}

/** When the quiet hours end that hold at this instant, epoch ms; null when it is not quiet. */
export function quietUntil(at: number, { from, to }: QuietHours, timeZone: string): number | null {
  const offset = offsetAt(at, timeZone)
  const time = (((at + offset) % DAY) + DAY) % DAY
  const [begins, ends] = [msOf(from), msOf(to)]
  const isQuiet = begins < ends ? time >= begins && time < ends : begins !== ends && (time >= begins || time < ends)
  if (!isQuiet) return null
  const end = at + ((ends - time + DAY) % DAY)
  if (offsetAt(end, timeZone) === offset) return end
  // The clocks are changed before: it is as quiet then as the new time says.
  const change = changeBetween(at, end, timeZone)
  return quietUntil(change, { from, to }, timeZone) ?? change
}

/** The first instant of the new offset, to the minute. */
function changeBetween(before: number, after: number, timeZone: string): number {
  const offset = offsetAt(before, timeZone)
  let [low, high] = [Math.floor(before / MINUTE), Math.ceil(after / MINUTE)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(middle * MINUTE, timeZone) === offset) low = middle
    else high = middle
  }
  return high * MINUTE
}

function msOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return (hours * 60 + minutes) * MINUTE
}
