/** What each service did, hour by hour. */
import type { Clock } from '../clock.ts'
import { Histogram } from './histogram.ts'
import { floorTo } from './slots.ts'
import type { StatsStore } from './store.ts'

const HOUR_MS = 3_600_000
const DAY_SLOTS = 24
const P95 = 0.95

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
  store: Pick<StatsStore, 'serviceHours'>,
  clock: Clock,
): (hours: number) => Promise<ServiceActivity> {
  return async (hours) => {
    const last = floorTo(clock.now(), HOUR_MS)
    const first = last - (hours - 1) * HOUR_MS
    const dayFrom = last - (DAY_SLOTS - 1) * HOUR_MS
    const found = new Map<number, ServiceFigures>()
    const days = new Map<number, Histogram>()
    for (const hour of await store.serviceHours(Math.min(first, dayFrom))) {
      const { serviceId, at, sent, failed, unknown } = hour
      const histogram = Histogram.decode(hour.histogram)
      if (at >= dayFrom) merge(days, serviceId, histogram)
      const slot = (at - first) / HOUR_MS
      const figures = found.get(serviceId) ?? none(serviceId, hours)
      found.set(serviceId, figures)
      if (slot < 0 || slot >= hours) continue
      figures.sent[slot] = sent
      figures.failed[slot] = failed
      figures.unknown[slot] = unknown
      figures.p95Ms[slot] = histogram.quantile(P95)
    }
    for (const [serviceId, figures] of found) figures.p95DayMs = days.get(serviceId)?.quantile(P95) ?? null
    return {
      slots: Array.from({ length: hours }, (_, i) => first + i * HOUR_MS),
      slotMs: HOUR_MS,
      services: [...found.values()],
    }
  }
}

function merge(days: Map<number, Histogram>, serviceId: number, histogram: Histogram): void {
  const day = days.get(serviceId) ?? new Histogram()
  days.set(serviceId, day)
  day.merge(histogram)
}

function none(serviceId: number, hours: number): ServiceFigures {
  const zeros = () => Array.from({ length: hours }, () => 0)
  return {
    ...{ serviceId, sent: zeros(), failed: zeros(), unknown: zeros(), p95DayMs: null },
    p95Ms: Array.from({ length: hours }, () => null),
  }
}
