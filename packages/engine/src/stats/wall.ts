/**
 * The figures of the wall from rollups, cheap enough for every tick.
 *
 * 1. What still moves (the current hour, the last minutes) is read at each tick.
 * 2. Closed hours are read once a minute, past weeks once an hour: receipts that correct them show that much later.
 * 3. Each range is worked out once, however many look at it.
 */
import type { Range } from '@signalbox/contracts'
import { addDays, dayOf, lastDays, rangeOfDay } from './calendar.ts'
import {
  bandOf,
  floorTo,
  nextMinute,
  slotsOf,
  spansOf,
  startOf,
  USUAL_WEEKS,
  weeksBefore,
  type Slots,
  type Span,
} from './slots.ts'
import type { Counts, LastHour, PastFigures, RangeFigures, Usual } from './stats.ts'
import type { RollupSum, StatsStore } from './store.ts'
import { countsOf, everyChannel, joined, tallyOf } from './tally.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const TREND_DAYS = 7
const HOUR_MINUTES = 60
/** Minutes that may still gain messages. */
const MOVING_MINUTES = 2

export interface Wall {
  /** As of now. */
  live(now: number, ranges: readonly Range[], timeZone: string): Promise<PastFigures>
  /** As of a minute in the past, as far as rollups know. */
  past(at: number, ranges: readonly Range[], timeZone: string): Promise<PastFigures>
}

type Memo = <T>(key: string, untilKey: string, make: () => Promise<T>) => Promise<T>

export function createWall(store: StatsStore): Wall {
  const memo = createMemo()
  /** Of the past only what is usual is kept: it is the same for every moment of an hour, and the most to read. */
  const usualAlone: Memo = (key, until, make) => (key.startsWith('usual') ? memo(`past ${key}`, until, make) : make())
  return {
    live: (now, ranges, timeZone) => figuresAt({ store, memo, now, timeZone, end: Infinity }, ranges),
    past(at, ranges, timeZone) {
      const end = floorTo(at, MINUTE_MS)
      return figuresAt({ store, memo: usualAlone, now: end - 1, timeZone, end }, ranges)
    },
  }
}

interface Reading {
  store: StatsStore
  memo: Memo
  now: number
  timeZone: string
  /** Nothing from here on is looked at; Infinity while live: there is nothing yet. */
  end: number
}

async function figuresAt(reading: Reading, ranges: readonly Range[]): Promise<PastFigures> {
  const [lastHour, trend, ...figures] = await Promise.all([
    lastHourOf(reading),
    trendOf(reading),
    ...ranges.map((range) => rangeFigures(reading, range)),
  ])
  return { lastHour, trend, ranges: Object.fromEntries(ranges.map((range, i) => [range, figures[i]])) }
}

/** Hours before this one are closed; the first minute of an hour still belongs to the one before. */
const closedUntil = (now: number): number => floorTo(now - MINUTE_MS, HOUR_MS)

async function rangeFigures(reading: Reading, range: Range): Promise<RangeFigures> {
  const { store, memo, now, timeZone, end } = reading
  const slots = slotsOf(range, now, timeZone)
  const from = startOf(range, now, timeZone)
  const closed = Math.max(from, closedUntil(now))
  const minute = floorTo(now, MINUTE_MS)
  const until = `${minute} ${timeZone}`
  const before = weeksBefore({ from, to: floorTo(now + 1, MINUTE_MS) }, 1, timeZone)
  const moving = { from: closed, to: Math.min(end, closed + 3 * HOUR_MS) }

  const spans = spansOf(slots, slots.past)
  const [settled, [current = EMPTY], closedCounts, movingCounts, usual] = await Promise.all([
    memo(`closed ${range}`, until, () => store.ranges([{ from, to: closed }, before])),
    store.ranges([moving]),
    memo(`curve ${range}`, until, () => store.counts(spans.map((span) => overlap(span, { from: 0, to: closed })))),
    store.counts(spans.map((span) => overlap(span, moving))),
    memo(`usual ${range}`, `${slots.first} ${floorTo(now, HOUR_MS)} ${timeZone}`, () => usualOf(reading, slots)),
  ])
  const [past = EMPTY, baseline = EMPTY] = settled
  const whole = joined(past, current)
  const lastWeek = tallyOf(baseline)
  const counts = spans.map((_, i) => [countsOf(closedCounts[i] ?? {}), countsOf(movingCounts[i] ?? {})] as const)
  return {
    current: tallyOf(whole),
    baseline: lastWeek.accepted + lastWeek.sent > 0 ? lastWeek : null,
    channels: everyChannel(whole),
    curve: {
      ...{ first: slots.first, slotMs: slots.slotMs },
      sent: counts.map(([a, b]) => a.sent + b.sent),
      failed: counts.map(([a, b]) => a.failed + b.failed),
    },
    usual,
  }
}

const EMPTY = { sums: [], histogram: '' }

/** What lies in both; of no length when nothing does. */
function overlap(a: Span, b: Span): Span {
  const from = Math.max(a.from, b.from)
  return { from, to: Math.max(from, Math.min(a.to, b.to)) }
}

/** Week by week, so that other readings take their turn in between. */
async function usualOf({ store, timeZone }: Reading, slots: Slots): Promise<Usual> {
  const spans = spansOf(slots, slots.all)
  const firstAt = await store.firstAt()
  const weeks: (Counts | null)[][] = []
  for (let week = 1; week <= USUAL_WEEKS && firstAt !== null; week++) {
    const then = spans.map((span) => weeksBefore(span, week, timeZone))
    if ((then.at(-1)?.to ?? 0) <= firstAt) break
    const counts = (await store.counts(then)).map(countsOf)
    // A week in which nothing ran says nothing about what is usual.
    if (counts.every(({ accepted, sent }) => accepted + sent === 0)) continue
    weeks.push(counts.map((each, i) => ((then[i]?.from ?? 0) >= firstAt ? each : null)))
  }
  const perSlot = spans.map((_, i) => weeks.flatMap((week) => week[i] ?? []))
  const bands = perSlot.map((counts) => bandOf(counts.map(({ sent }) => sent)))
  return {
    ...{ first: slots.first, slotMs: slots.slotMs, weeks: weeks.length },
    low: bands.map((band) => band?.low ?? null),
    median: bands.map((band) => band?.median ?? null),
    high: bands.map((band) => band?.high ?? null),
    failedHigh: perSlot.map((counts) => (counts.length > 0 ? Math.max(...counts.map(({ failed }) => failed)) : null)),
  }
}

async function trendOf({ store, memo, now, timeZone, end }: Reading): Promise<PastFigures['trend']> {
  const days = lastDays(now, TREND_DAYS, timeZone)
  const today = dayOf(now, timeZone)
  const until = `${floorTo(now, MINUTE_MS)} ${timeZone}`
  const dayBefore = addDays(today, -1)
  const [closedDays, current] = await Promise.all([
    memo('trend', until, () => store.counts(days.slice(0, -1).map((day) => rangeOfDay(day, timeZone)))),
    store.counts([overlap(rangeOfDay(today, timeZone), { from: 0, to: end })]),
  ])
  // In the first minute of a day the one before may still gain.
  const [yesterday] =
    dayOf(now - MINUTE_MS, timeZone) === dayBefore ? await store.counts([rangeOfDay(dayBefore, timeZone)]) : []
  return days.map((date, i) => {
    const states = date === today ? current[0] : date === dayBefore && yesterday ? yesterday : closedDays[i]
    return { date, counts: countsOf(states ?? {}) }
  })
}

async function lastHourOf({ store, memo, now }: Reading): Promise<LastHour> {
  const end = nextMinute(now)
  const firstMinute = end - HOUR_MINUTES * MINUTE_MS
  const closed = end - MOVING_MINUTES * MINUTE_MS
  const [settled, moving] = await Promise.all([
    memo('hour', String(end), () => store.minutes(firstMinute, closed)),
    store.minutes(closed, end),
  ])
  const byMinute = new Map([...settled, ...moving].map(({ at, sums }) => [at, tallyOfMinute(sums)]))
  const tallies = Array.from({ length: HOUR_MINUTES }, (_, i) => byMinute.get(firstMinute + i * MINUTE_MS))
  return {
    firstMinute,
    sent: tallies.map((tally) => tally?.sent ?? 0),
    success: tallies.map((tally) => tally?.success ?? 0),
    failed: tallies.map((tally) => tally?.failed ?? 0),
    avgResponseMs: tallies.map((tally) => tally?.avgResponseMs ?? null),
  }
}

const tallyOfMinute = (sums: RollupSum[]) => tallyOf({ sums, histogram: '' })

/** One value per key, made anew when `until` is another. A failed one is not kept. */
function createMemo(): Memo {
  const kept = new Map<string, { until: string; value: Promise<unknown> }>()
  return <T>(key: string, until: string, make: () => Promise<T>) => {
    const found = kept.get(key)
    if (found?.until === until) return found.value as Promise<T>
    const value = make()
    kept.set(key, { until, value })
    value.catch(() => kept.delete(key))
    return value
  }
}
