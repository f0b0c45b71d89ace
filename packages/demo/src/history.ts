/**
 * Five weeks of statistics for the demo's first start, so that its trend has a shape and its days have others of their
 * weekday to be compared with. They are SYNTHETIC: rollup rows
 * without messages behind them. No trace, no search and no conservation check ever shows such a message.
 *
 * Pure: the same seed and the same time give the same rows.
 */
import { draw, seededRandom, type Random, type Spread } from '@signalbox/channels'
import type { Channel, MessageState } from '@signalbox/contracts'
import type { HistoryRow } from '@signalbox/engine'
import { localTime, messagesPerSecond } from './day.ts'

export interface HistoryOptions {
  /** The present; rows end before the minute that holds it. */
  now: number
  timeZone: string
  seed: number
  /** Scales the counts. */
  rate?: number
  /** Which service and which template of a channel the messages went through. */
  ids: Record<Channel, { serviceId: number; templateId: number }>
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS
/** Minute by minute where the screen shows minutes; coarser before that, and by the hour where only hours are compared. */
const STEPS = [
  { within: HOUR_MS, ms: MINUTE_MS },
  { within: 8 * DAY_MS, ms: 10 * MINUTE_MS },
  { within: Infinity, ms: HOUR_MS },
] as const
const WEEKS = 5
/** Promotions, which the curve of single messages does not hold: about 500 every 90 seconds. */
const PROMOTION_PER_SECOND = 5
/** Per row at most; enough for a percentile over an hour. */
const SAMPLES = 12

interface Habit {
  /** Of all messages; all channels add up to 1. */
  share: number
  /** Of those that were handed over; what is left over is `sent`. */
  ends: Partial<Record<MessageState, number>>
  responseMs: Spread
}

const HABITS: Record<Channel, Habit> = {
  sms: {
    share: 0.38,
    ends: { delivered: 0.945, failed: 0.017, unknown: 0.0005, expired: 0.0006 },
    responseMs: { median: 830, p95: 2000 },
  },
  app: { share: 0.27, ends: { delivered: 0.48, read: 0.41, failed: 0.008 }, responseMs: { median: 50, p95: 140 } },
  email: { share: 0.12, ends: { failed: 0.021 }, responseMs: { median: 130, p95: 320 } },
  wechat: { share: 0.16, ends: { delivered: 0.96, failed: 0.021 }, responseMs: { median: 300, p95: 800 } },
  feishu: { share: 0.07, ends: { failed: 0.006 }, responseMs: { median: 200, p95: 520 } },
}

export function history({ now, timeZone, seed, rate = 1, ids }: HistoryOptions): HistoryRow[] {
  const random = seededRandom(seed)
  const end = now - (now % MINUTE_MS)
  const start = firstSlot(end, timeZone)
  const rows: HistoryRow[] = []
  for (let at = start; at < end;) {
    const stop = Math.min(at + stepAt(at, end), end)
    const seconds = (stop - at) / 1000
    const total =
      (messagesPerSecond(at, timeZone) + PROMOTION_PER_SECOND) * rate * seconds * busyness(at, end, timeZone, seed)
    for (const [channel, habit] of Object.entries(HABITS) as [Channel, Habit][]) {
      const count = Math.round(total * habit.share * (0.9 + 0.2 * random()))
      const during = troubled(at, end, timeZone, channel) ? inTrouble(habit) : onSuchADay(habit, at, seed)
      rows.push(...rowsOf(at, channel, count, during, ids[channel], random))
    }
    at = stop
  }
  return rows
}

/** Up to the next step: a row is booked where it begins, so it reaches over no hour's edge and into nothing finer. */
function stepAt(at: number, end: number): number {
  const i = STEPS.findIndex(({ within }) => at >= end - within)
  const finerFrom = end - (STEPS[i - 1]?.within ?? 0)
  const { ms } = STEPS[i] ?? STEPS[0]
  return Math.min(ms - (at % ms), finerFrom - at)
}

/** Midnight of the same weekday five weeks ago: today is compared with its weekday in each of them. */
function firstSlot(end: number, timeZone: string): number {
  const then = end - WEEKS * 7 * DAY_MS
  const sinceMidnight = Math.round(localTime(then, timeZone).hour * 60) * MINUTE_MS
  return then - sinceMidnight
}

/** No two days are equally busy, which makes what is usual a band; today is as busy as the traffic that follows. */
function busyness(at: number, end: number, timeZone: string, seed: number): number {
  const { date } = localTime(at, timeZone)
  if (date === localTime(end, timeZone).date) return 1
  return 0.84 + 0.32 * seededRandom(seed + Date.parse(date) / DAY_MS)()
}

function rowsOf(
  at: number,
  channel: Channel,
  count: number,
  habit: Habit,
  { serviceId, templateId }: { serviceId: number; templateId: number },
  random: Random,
): HistoryRow[] {
  if (count === 0) return []
  const row = (state: HistoryRow['state'], of: number): HistoryRow => {
    const answered = state !== 'accepted' && state !== 'expired'
    const responseMs = answered
      ? Array.from({ length: Math.min(of, SAMPLES) }, () => draw(habit.responseMs, random))
      : []
    const meanMs = responseMs.reduce((sum, ms) => sum + ms, 0) / Math.max(1, responseMs.length)
    return {
      at,
      channel,
      serviceId: state === 'accepted' ? 0 : serviceId,
      templateId,
      state,
      count: of,
      durationMsSum: Math.round(meanMs * of),
      responseMs,
    }
  }

  const rows = [row('accepted', count)]
  let left = count
  for (const [state, share] of Object.entries(habit.ends) as [MessageState, number][]) {
    const of = Math.min(left, chanceRound(count * share, random))
    left -= of
    if (of > 0) rows.push(row(state, of))
  }
  if (left > 0) rows.push(row('sent', left))
  return rows
}

/** Rounds up as often as the fraction says, so that rare ends are rare and not absent. */
function chanceRound(value: number, random: Random): number {
  return Math.floor(value) + (random() < value % 1 ? 1 : 0)
}

/** Three days ago in the afternoon one text message provider was ill for 45 minutes. */
function troubled(at: number, end: number, timeZone: string, channel: Channel): boolean {
  if (channel !== 'sms') return false
  const { date, hour } = localTime(at, timeZone)
  return date === localTime(end - 3 * DAY_MS, timeZone).date && hour >= 14.25 && hour < 15
}

/** No two days are alike: between half and one and a half times the usual failures. */
function onSuchADay(habit: Habit, at: number, seed: number): Habit {
  const mood = 0.5 + seededRandom(seed + Math.floor(at / DAY_MS))()
  return { ...habit, ends: { ...habit.ends, failed: (habit.ends.failed ?? 0) * mood } }
}

function inTrouble(habit: Habit): Habit {
  return {
    ...habit,
    ends: { ...habit.ends, delivered: 0.6, failed: 0.34, unknown: 0.01, expired: 0.02 },
    responseMs: { median: 3600, p95: 9000 },
  }
}
