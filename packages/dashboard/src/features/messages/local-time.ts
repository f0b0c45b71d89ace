/** Times as a person types them, in the zone of the screen. */
import { formatDateTime } from '../../lib/time.ts'

/** `2026-01-15T08:00` in that zone as an instant; null when it is no time. */
export function instantOf(local: string, zone: string): string | null {
  const wall = Date.parse(`${local}Z`)
  if (local === '' || Number.isNaN(wall)) return null
  // Twice: the offset at the first guess may be that before a change of the clocks.
  let instant = wall
  for (let i = 0; i < 2; i++) instant = wall - (wallOf(instant, zone) - instant)
  return new Date(instant).toISOString()
}

/** As `<input type="datetime-local">` takes it. */
export function localOf(instant: string | undefined, zone: string): string {
  return instant === undefined ? '' : formatDateTime(instant, zone).slice(0, 16).replace(' ', 'T')
}

function wallOf(instant: number, zone: string): number {
  return Date.parse(`${formatDateTime(instant, zone).replace(' ', 'T')}Z`)
}
