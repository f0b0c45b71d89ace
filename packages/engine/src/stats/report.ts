/** Rollups as the figures that people read. */
import { CHANNELS, MESSAGE_STATES, type Channel, type MessageState } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import { isSuccess, isWaiting } from '../messages/states.ts'
import type { Queues } from '../queue/queues.ts'
import type { Settings } from '../settings/settings.ts'
import type { PoolFigures } from '../workers/pool.ts'
import { addDays, dayOf, lastDays, rangeOfDay, startOfDay, weekBefore } from './calendar.ts'
import { Histogram } from './histogram.ts'
import type { Rates } from './rates.ts'
import type { Conservation, MonitorFigures, StateCount, Stats, Tally } from './stats.ts'
import type { RangeSum, RollupSum, StatsStore } from './store.ts'

const MINUTE_MS = 60_000
const TREND_DAYS = 7
/** Days that one overview may span. */
const RANGE_DAYS = 366
const HOUR_MINUTES = 60
const STRAYS_SHOWN = 20

export interface StatsDeps {
  store: StatsStore
  settings: Settings
  clock: Clock
  rates: Rates
  queues: Queues
}

export function createStats(deps: StatsDeps): Stats {
  const { store, settings, clock } = deps
  const zone = () => settings.values.timeZone

  const poolFigures = (): Record<string, PoolFigures> =>
    Object.fromEntries([...deps.queues.pools].map(([name, pool]) => [name, pool.figures()]))

  async function conservation({ deep = false } = {}): Promise<Conservation> {
    const audit = deep ? await store.audit(STRAYS_SHOWN) : null
    const counts = audit?.states ?? (await store.states())
    const byState = Object.fromEntries(MESSAGE_STATES.map((state) => [state, 0])) as Record<MessageState, number>
    let accepted = 0
    for (const { state, count } of counts) {
      if (state === 'accepted') accepted += count
      else byState[state] += count
    }
    const balanced = accepted === Object.values(byState).reduce((sum, count) => sum + count, 0)
    if (!audit) return { accepted, byState, balanced, offendingIds: [] }
    const records = new Map<MessageState, number>()
    for (const { state, count } of audit.records) records.set(state, (records.get(state) ?? 0) + count)
    const agrees = MESSAGE_STATES.every((state) => (records.get(state) ?? 0) === byState[state])
    return { accepted, byState, balanced: balanced && agrees && audit.strays.length === 0, offendingIds: audit.strays }
  }

  return {
    async overview(range = {}) {
      const today = dayOf(clock.now(), zone())
      const to = range.to ?? (range.from && range.from > today ? range.from : today)
      const from = range.from ?? to
      checkRange(from, to)
      const days: string[] = []
      for (let day = from; day <= to; day = addDays(day, 1)) days.push(day)
      const whole = { from: startOfDay(from, zone()), to: startOfDay(addDays(to, 1), zone()) }
      const [total, ...daily] = await store.ranges([whole, ...days.map((day) => rangeOfDay(day, zone()))])
      return {
        total: tallyOf(total),
        byChannel: byChannel(total),
        daily: days.map((date, i) => ({ date, tally: tallyOf(daily[i]) })),
        timeZone: zone(),
      }
    },

    async realtime() {
      const end = nextMinute(clock.now())
      const [hour, states] = await Promise.all([
        store.ranges([{ from: end - HOUR_MINUTES * MINUTE_MS, to: end }]),
        store.states(),
      ])
      const waiting = states
        .filter(({ state, count }) => count !== 0 && state !== 'accepted' && (isWaiting(state) || state === 'sending'))
        .map(({ state, channel, count }): StateCount => ({
          status: state as MessageState,
          channel,
          count,
          avgDurationMs: null,
        }))
      const ended = (hour[0]?.sums ?? [])
        .filter(({ state, count }) => state !== 'accepted' && count > 0)
        .map(({ state, channel, count, durationMsSum }): StateCount => ({
          status: state as MessageState,
          channel,
          count,
          avgDurationMs: durationMsSum / count,
        }))
      return { messages: [...waiting, ...ended], pools: poolFigures(), windowMinutes: HOUR_MINUTES }
    },

    async monitor(): Promise<MonitorFigures> {
      const now = clock.now()
      const end = nextMinute(now)
      const firstMinute = end - HOUR_MINUTES * MINUTE_MS
      const before = weekBefore(now, zone())
      const days = lastDays(now, TREND_DAYS, zone())
      const [ranges, minutes, balance] = await Promise.all([
        store.ranges([
          { from: startOfDay(dayOf(before, zone()), zone()), to: before },
          ...days.map((day) => rangeOfDay(day, zone())),
        ]),
        store.minutes(firstMinute, end),
        conservation(),
      ])
      const [lastWeek, ...daily] = ranges
      const today = daily.at(-1)
      const baseline = tallyOf(lastWeek)
      return {
        today: tallyOf(today),
        baseline: baseline.accepted + baseline.sent > 0 ? baseline : null,
        lastHour: lastHour(firstMinute, minutes),
        trend: days.map((date, i) => ({ date, tally: tallyOf(daily[i]) })),
        channels: { ...emptyChannels(), ...byChannel(today) },
        pools: poolFigures(),
        queues: deps.queues.depths(),
        rates: deps.rates.perSecond(now),
        conservation: balance,
      }
    },

    conservation,

    async recent() {
      const now = clock.now()
      const end = nextMinute(now)
      const [range] = await store.ranges([{ from: end - 2 * MINUTE_MS, to: end }])
      const tally = tallyOf(range)
      const elapsedMs = now - (end - 2 * MINUTE_MS)
      return {
        endedPerSecond: (tally.sent * 1000) / elapsedMs,
        avgResponseMs: tally.avgResponseMs,
        errorRate: tally.successRate === null ? null : Math.round((100 - tally.successRate) * 100) / 100,
        activeServices: deps.rates.activeServices(now),
      }
    },

    importHistory: (rows) => store.importHistory(rows),
  }
}

function checkRange(from: string, to: string): void {
  const problem =
    from > to
      ? issue('start_date', `on or before end_date (${to})`, from)
      : addDays(from, RANGE_DAYS) < to
        ? issue('start_date', `at most ${RANGE_DAYS} days before end_date (${to})`, from)
        : null
  if (problem) throw new EngineError('invalid', problem.message, { issues: [problem] })
}

const nextMinute = (now: number) => now - (now % MINUTE_MS) + MINUTE_MS

function tallyOf(range: RangeSum | undefined): Tally {
  const count = (fits: (state: RollupSum['state']) => boolean) =>
    (range?.sums ?? []).reduce((sum, row) => sum + (fits(row.state) ? row.count : 0), 0)
  const success = count((state) => state !== 'accepted' && isSuccess(state))
  const failed = count((state) => state === 'failed')
  const expired = count((state) => state === 'expired')
  const unknown = count((state) => state === 'unknown')
  const responses = (range?.sums ?? []).reduce((sum, row) => sum + row.responseCount, 0)
  const responseMs = (range?.sums ?? []).reduce((sum, row) => sum + row.responseMsSum, 0)
  const histogram = Histogram.decode(range?.histogram ?? '')
  const ended = success + failed + expired
  return {
    accepted: count((state) => state === 'accepted'),
    sent: ended + unknown,
    success,
    failed,
    expired,
    unknown,
    successRate: ended > 0 ? Math.round((success / ended) * 10_000) / 100 : null,
    avgResponseMs: responses > 0 ? responseMs / responses : null,
    p50ResponseMs: histogram.quantile(0.5),
    p95ResponseMs: histogram.quantile(0.95),
    p99ResponseMs: histogram.quantile(0.99),
  }
}

function byChannel(range: RangeSum | undefined): Partial<Record<Channel, Tally>> {
  const channels: Partial<Record<Channel, Tally>> = {}
  for (const channel of CHANNELS) {
    const sums = (range?.sums ?? []).filter((row) => row.channel === channel)
    if (sums.length > 0) channels[channel] = tallyOf({ sums, histogram: '' })
  }
  return channels
}

function emptyChannels(): Record<Channel, Tally> {
  return Object.fromEntries(CHANNELS.map((channel) => [channel, tallyOf(undefined)])) as Record<Channel, Tally>
}

function lastHour(
  firstMinute: number,
  minutes: readonly { at: number; sums: RollupSum[] }[],
): MonitorFigures['lastHour'] {
  const byMinute = new Map(minutes.map(({ at, sums }) => [at, tallyOf({ sums, histogram: '' })]))
  const tallies = Array.from({ length: HOUR_MINUTES }, (_, i) => byMinute.get(firstMinute + i * MINUTE_MS))
  return {
    firstMinute,
    sent: tallies.map((tally) => tally?.sent ?? 0),
    success: tallies.map((tally) => tally?.success ?? 0),
    failed: tallies.map((tally) => tally?.failed ?? 0),
    avgResponseMs: tallies.map((tally) => tally?.avgResponseMs ?? null),
  }
}
