/** How busy a shop is through day and week. The live traffic and the history follow the same curve. */

/** Share of the busiest hour, on the hour. Quiet at night, one rise before noon, the highest in the evening. */
const HOURS = [
  0.18, 0.1, 0.06, 0.05, 0.05, 0.08, 0.2, 0.38, 0.6, 0.82, 0.92, 0.9, 0.74, 0.7, 0.78, 0.84, 0.86, 0.82, 0.78, 0.9, 1,
  0.94, 0.66, 0.36,
] as const
/** Sunday first. */
const WEEKDAYS = [0.72, 1, 1.02, 1, 1.04, 1.1, 0.82] as const

const QUIETEST_PER_SECOND = 3
const BUSIEST_PER_SECOND = 12

/** Single messages per second at that time, between 3 and a little over 12. */
export function messagesPerSecond(at: number, timeZone: string): number {
  const { weekday, hour } = localTime(at, timeZone)
  const before = HOURS[Math.floor(hour)] ?? 0
  const after = HOURS[(Math.floor(hour) + 1) % 24] ?? 0
  const share = before + (after - before) * (hour % 1)
  return QUIETEST_PER_SECOND + (BUSIEST_PER_SECOND - QUIETEST_PER_SECOND) * share * (WEEKDAYS[weekday] ?? 1)
}

export interface LocalTime {
  /** YYYY-MM-DD. */
  date: string
  /** 0 is Sunday. */
  weekday: number
  /** 0 to 24, with a fraction. */
  hour: number
}

const formats = new Map<string, Intl.DateTimeFormat>()

export function localTime(at: number, timeZone: string): LocalTime {
  let format = formats.get(timeZone)
  if (!format) {
    const numeric = { year: 'numeric', month: '2-digit', day: '2-digit', hour: 'numeric', minute: 'numeric' } as const
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...numeric })
    formats.set(timeZone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]))
  const date = `${parts['year']}-${parts['month']}-${parts['day']}`
  return { date, weekday: new Date(date).getUTCDay(), hour: Number(parts['hour']) + Number(parts['minute']) / 60 }
}
