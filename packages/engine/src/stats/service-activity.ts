/** What each service did, hour by hour: figures at most a minute old, those of hours that are over at most an hour. */
import type { Clock } from '../clock.ts'
import { remembered } from './remembered.ts'
import { floorTo } from './slots.ts'
import type { StatsStore } from './store.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_SLOTS = 24
/** Still moving: the hour that is filling, and the one whose last messages end in it. */
const RECENT_SLOTS = 2
const RECENT = { freshMs: 2_000, usableMs: MINUTE_MS }
const PAST = { freshMs: 5 * MINUTE_MS, usableMs: HOUR_MS }

/** One figure per slot. */
export interface ServiceFigures {
  serviceId: number
  sent: number[]
  failed: number[]
  unknown: number[]
  p95Ms: (number | null)[]
  p95DayMs: number | null
}

export interface ServiceActivity {
  /** Where each slot begins, oldest first; the last is still filling. */
  slots: number[]
  slotMs: number
  /** Only of services that did something. */
  services: ServiceFigures[]
}

export function createServiceActivity(
  store: Pick<StatsStore, 'serviceHours' | 'serviceTimes'>,
  clock: Clock,
): (hours: number) => Promise<ServiceActivity> {
  const recent = remembered(clock, RECENT, (from: number) => store.serviceHours(from, from + RECENT_SLOTS * HOUR_MS))
  const past = remembered(clock, PAST, (range: string) => {
    const [from, to] = range.split(' ').map(Number) as [number, number]
    return store.serviceHours(from, to)
  })
  const times = remembered(clock, PAST, (from: number) => store.serviceTimes(from))

  return async (hours) => {
    const last = floorTo(clock.now(), HOUR_MS)
    const first = last - (hours - 1) * HOUR_MS
    const recentFrom = last - (RECENT_SLOTS - 1) * HOUR_MS
    const [now, before, days] = await Promise.all([
      recent(recentFrom),
      first < recentFrom ? past(`${first} ${recentFrom}`) : [],
      times(last - (DAY_SLOTS - 1) * HOUR_MS),
    ])
    const found = new Map<number, ServiceFigures>()
    const of = (serviceId: number): ServiceFigures => {
      const figures = found.get(serviceId) ?? none(serviceId, hours)
      found.set(serviceId, figures)
      return figures
    }
    for (const list of [before, now]) {
      for (const { serviceId, at, sent, failed, unknown, p95Ms } of list) {
        const slot = (at - first) / HOUR_MS
        if (slot < 0 || slot >= hours) continue
        const figures = of(serviceId)
        figures.sent[slot] = sent
        figures.failed[slot] = failed
        figures.unknown[slot] = unknown
        figures.p95Ms[slot] = p95Ms
      }
    }
    for (const { serviceId, p95Ms } of days) of(serviceId).p95DayMs = p95Ms
    return {
      slots: Array.from({ length: hours }, (_, i) => first + i * HOUR_MS),
      slotMs: HOUR_MS,
      services: [...found.values()],
    }
  }
}

function none(serviceId: number, hours: number): ServiceFigures {
  const zeros = () => Array.from({ length: hours }, () => 0)
  return {
    ...{ serviceId, sent: zeros(), failed: zeros(), unknown: zeros(), p95DayMs: null },
    p95Ms: Array.from({ length: hours }, () => null),
  }
}
