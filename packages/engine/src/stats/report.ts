/** Rollups as the figures that people read. */
import type { MessageState } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import { EngineError, issue } from '../errors.ts'
import { isWaiting } from '../messages/states.ts'
import type { Queues } from '../queue/queues.ts'
import type { Settings } from '../settings/settings.ts'
import type { PoolFigures } from '../workers/pool.ts'
import type { ScalingDecision } from '../workers/scaling.ts'
import { addDays, dayOf, rangeOfDay, startOfDay } from './calendar.ts'
import { createConservation } from './conservation.ts'
import type { Rates } from './rates.ts'
import { createServiceActivity } from './service-activity.ts'
import { nextMinute } from './slots.ts'
import type { LiveFigures, MonitorFigures, StateCount, Stats } from './stats.ts'
import type { StatsStore } from './store.ts'
import { byChannel, tallyOf } from './tally.ts'
import { createTemplateUse } from './template-use.ts'
import { createWall } from './wall.ts'

const MINUTE_MS = 60_000
/** Days that one overview may span. */
const RANGE_DAYS = 366
const HOUR_MINUTES = 60
const SCALING_SHOWN = 20

export interface StatsDeps {
  store: StatsStore
  settings: Settings
  clock: Clock
  rates: Rates
  queues: Queues
  onError: (where: string, error: unknown) => void
}

export function createStats(deps: StatsDeps): Stats {
  const { store, settings, clock } = deps
  const zone = () => settings.values.timeZone
  const wall = createWall(store)
  const conservation = createConservation(store, clock, deps.onError)

  const poolFigures = (): Record<string, PoolFigures> =>
    Object.fromEntries([...deps.queues.pools].map(([name, pool]) => [name, pool.figures()]))

  const scalingHistory = (): ScalingDecision[] =>
    [...deps.queues.pools.values()]
      .flatMap((pool) => pool.history())
      .sort((a, b) => b.at - a.at)
      .slice(0, SCALING_SHOWN)

  const live = (now: number): LiveFigures => ({
    pools: poolFigures(),
    scaling: scalingHistory(),
    queues: deps.queues.depths(),
    rates: deps.rates.perSecond(now),
  })

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

    async monitor(ranges = ['today']): Promise<MonitorFigures> {
      const now = clock.now()
      const [figures, balance] = await Promise.all([wall.live(now, ranges, zone()), conservation.watched()])
      return {
        ...figures,
        ...live(now),
        conservation: balance,
      }
    },

    live: () => live(clock.now()),

    templates: createTemplateUse(store, clock),

    services: createServiceActivity(store, clock),

    past: (at, ranges) => wall.past(at, ranges, zone()),

    conservation: (options) => conservation.check(options),

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
