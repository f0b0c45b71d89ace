/**
 * The time axis of a waterfall: linear where something is done, with long stretches of mere waiting cut short, so that
 * an 850 ms hand-over stays readable beside an hour of delay. Times are epoch ms, places are percent of the width.
 */

export interface Span {
  start: number
  end: number
  /** Done by someone (process, send), as against waiting for something (queue, receipt). Work is never cut. */
  work: boolean
}

/** A stretch that is drawn shorter than it was. */
export interface Break {
  from: number
  to: number
  durationMs: number
}

export interface Tick {
  at: number
  /** Since the start of the axis or, behind a break, since its end. */
  offsetMs: number
  afterBreak: boolean
}

export interface TimeScale {
  start: number
  end: number
  breaks: Break[]
  ticks: Tick[]
  /** Percent; times outside the axis stick to its ends. */
  at(time: number): number
}

/** A wait is cut when it lasts longer than this many times all work together, */
const CUT_ABOVE = 12
/** and then takes the room of this many times the work. */
const CUT_TO = 2
const TICKS = 5
/** Labels closer than this run into each other. */
const TICK_DISTANCE = 17

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const ROUND_STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12, 24].map((n) => n * HOUR),
]

/** Between two neighbouring events nothing begins or ends. */
interface Stretch {
  from: number
  to: number
  /** What it would take on a linear axis, or what it is cut to. */
  shownMs: number
  cut: boolean
}

/** `room` is the percentage of the width that the axis takes; the rest stays free on the right. */
export function createTimeScale(spans: readonly Span[], room = 100): TimeScale {
  const stretches = stretchesOf(spans)
  const shownMs = stretches.reduce((sum, stretch) => sum + stretch.shownMs, 0)
  const perMs = shownMs > 0 ? room / shownMs : 0
  const start = stretches[0]?.from ?? spans[0]?.start ?? 0
  const end = stretches.at(-1)?.to ?? start

  function at(time: number): number {
    let place = 0
    for (const stretch of stretches) {
      if (time <= stretch.from) break
      const part = Math.min(1, (time - stretch.from) / (stretch.to - stretch.from))
      place += part * stretch.shownMs * perMs
    }
    return place
  }

  const breaks = stretches
    .filter((stretch) => stretch.cut)
    .map(({ from, to }) => ({ from: at(from), to: at(to), durationMs: to - from }))
  return { start, end, breaks, ticks: ticksOf(stretches, shownMs, at), at }
}

function stretchesOf(spans: readonly Span[]): Stretch[] {
  const events = [...new Set(spans.flatMap((span) => [span.start, span.end]))].sort((a, b) => a - b)
  const pairs = events.slice(1).map((to, i) => ({ from: events[i] ?? to, to }))
  const isWork = ({ from, to }: { from: number; to: number }) =>
    spans.some((span) => span.work && span.start <= from && span.end >= to)
  const workMs = pairs.filter(isWork).reduce((sum, { from, to }) => sum + (to - from), 0)
  return pairs.map(({ from, to }) => {
    // Work itself never lasts longer than all work; and with none there is nothing that a long wait could hide.
    const cut = workMs > 0 && to - from > CUT_ABOVE * workMs
    return { from, to, cut, shownMs: cut ? CUT_TO * workMs : to - from }
  })
}

/** Round offsets on the linear stretches, counted anew behind each break, far enough from each other. */
function ticksOf(stretches: Stretch[], shownMs: number, at: (time: number) => number): Tick[] {
  const ticks: Tick[] = [{ at: 0, offsetMs: 0, afterBreak: false }]
  if (shownMs <= 0) return ticks
  const step = roundStep(shownMs / TICKS)
  let zero = stretches[0]?.from ?? 0
  for (const { from, to, cut } of stretches) {
    if (cut) {
      zero = to
      continue
    }
    for (let offset = Math.max(1, Math.ceil((from - zero) / step)) * step; zero + offset <= to; offset += step) {
      const place = at(zero + offset)
      if (place - (ticks.at(-1)?.at ?? 0) < TICK_DISTANCE) continue
      ticks.push({ at: place, offsetMs: offset, afterBreak: zero !== stretches[0]?.from })
    }
  }
  return ticks
}

/** The next length that reads well: 1, 2, 5 up to seconds, then the parts of a minute, an hour and a day. */
function roundStep(ms: number): number {
  return ROUND_STEPS.find((step) => step >= ms) ?? Math.ceil(ms / DAY) * DAY
}
