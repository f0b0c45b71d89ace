/** How long each stage of a channel usually takes: measured from the traces of the last hour. */
import { TRACE_NODES, type Channel, type TraceNodeName } from '@signalbox/contracts'
import type { Clock } from '../clock.ts'
import type { TraceStore } from './store.ts'

/** Of one stage: durations in ms, ascending. */
export type Durations = readonly number[]

export interface UsualDurations {
  /** Epoch ms: of messages accepted since then. */
  since: number
  stages: Record<TraceNodeName, Durations>
}

const WINDOW_MS = 3_600_000
/** Traces are many and change little: they are measured again after so long. */
const KEPT_MS = 30_000

export function createUsual(
  store: Pick<TraceStore, 'durations'>,
  clock: Clock,
): (channel: Channel) => Promise<UsualDurations> {
  const measured = new Map<Channel, { at: number; usual: Promise<UsualDurations> }>()

  async function measure(channel: Channel, now: number): Promise<UsualDurations> {
    const since = now - WINDOW_MS
    const durations = await store.durations(channel, since, now)
    for (const name of TRACE_NODES) durations[name].sort((a, b) => a - b)
    return { since, stages: durations }
  }

  return (channel) => {
    const now = clock.now()
    const known = measured.get(channel)
    if (known && now - known.at < KEPT_MS && now >= known.at) return known.usual
    const usual = measure(channel, now)
    measured.set(channel, { at: now, usual })
    usual.catch(() => measured.delete(channel))
    return usual
  }
}

/** The smallest duration that `percent` of them do not exceed (nearest rank); null of none. */
export function percentileOf(durations: Durations, percent: number): number | null {
  return durations[Math.max(0, Math.ceil((percent / 100) * durations.length) - 1)] ?? null
}

/** How many percent of them took less than `ms`; null of none. */
export function rankOf(durations: Durations, ms: number): number | null {
  if (durations.length === 0) return null
  let [low, high] = [0, durations.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((durations[middle] as number) < ms) low = middle + 1
    else high = middle
  }
  return (low / durations.length) * 100
}
