const QUARTER_MS = 15 * 60_000
const CACHED_OFFSETS = 2_000

/** Epoch ms as ISO 8601 with the offset of a zone. */
export type Instant = (epochMs: number) => string

/**
 * Every row has several times, and Intl takes microseconds for each; offsets change only at quarters of an hour, so they
 * are worked out once per quarter. `timeZone` is asked each time: it is a setting that may change while running.
 */
export function createInstant(timeZone: () => string): Instant {
  const offsets = new Map<string, { ms: number; text: string }>()
  return (epochMs) => {
    const zone = timeZone()
    const quarter = Math.floor(epochMs / QUARTER_MS)
    const key = `${zone} ${quarter}`
    let offset = offsets.get(key)
    if (!offset) {
      if (offsets.size >= CACHED_OFFSETS) offsets.clear()
      offset = offsetAt(zone, quarter * QUARTER_MS)
      offsets.set(key, offset)
    }
    return `${new Date(epochMs + offset.ms).toISOString().slice(0, -1)}${offset.text}`
  }
}

function offsetAt(timeZone: string, epochMs: number): { ms: number; text: string } {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' })
  const name = format.formatToParts(epochMs).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
  const found = /^GMT([+-])(\d\d):(\d\d)/.exec(name)
  if (!found) return { ms: 0, text: '+00:00' }
  const [, sign, hours, minutes] = found
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000
  return { ms: sign === '-' ? -ms : ms, text: `${sign}${hours}:${minutes}` }
}
