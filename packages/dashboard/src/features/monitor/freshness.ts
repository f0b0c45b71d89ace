/** How far figures on screen may be trusted, by the ticks that should have come since. */

/** `late`: they dim. `lost`: they are no longer shown at all. */
export type Freshness = 'fresh' | 'late' | 'lost'

const LATE_TICKS = 3
const LOST_TICKS = 10

export function freshnessOf(ageMs: number, tickMs: number): Freshness {
  const missed = Math.floor(ageMs / tickMs)
  if (missed >= LOST_TICKS) return 'lost'
  return missed >= LATE_TICKS ? 'late' : 'fresh'
}
