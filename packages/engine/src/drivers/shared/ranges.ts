/** Rollups of a range of time: which rows it takes, and their sum. */
import type { Channel } from '@signalbox/contracts'
import { Histogram } from '../../stats/histogram.ts'
import type { RollupSum, ServiceHour } from '../../stats/store.ts'
import { HOUR_MS, MINUTE_MS, type Counted } from './sums.ts'

export interface SumRow {
  channel: Channel
  state: Counted
  count: number
  duration_ms_sum: number
  response_count: number
  response_ms_sum: number
}

export const floor = (at: number, unit: number) => at - (at % unit)

/** A range as whole hours in the middle and minutes at its edges. */
export function parts(from: number, to: number): { from: number; to: number; hours: boolean }[] {
  const start = floor(from, MINUTE_MS)
  const end = floor(to, MINUTE_MS)
  const firstHour = Math.ceil(start / HOUR_MS) * HOUR_MS
  const lastHour = floor(end, HOUR_MS)
  if (firstHour >= lastHour) return [{ from: start, to: end, hours: false }]
  return [
    { from: start, to: firstHour, hours: false },
    { from: firstHour, to: lastHour, hours: true },
    { from: lastHour, to: end, hours: false },
  ]
}

export function addUp(added: Map<string, RollupSum>, row: SumRow): void {
  const key = `${row.channel} ${row.state}`
  const sum = added.get(key)
  if (!sum) {
    added.set(key, {
      channel: row.channel,
      state: row.state,
      count: row.count,
      durationMsSum: row.duration_ms_sum,
      responseCount: row.response_count,
      responseMsSum: row.response_ms_sum,
    })
    return
  }
  sum.count += row.count
  sum.durationMsSum += row.duration_ms_sum
  sum.responseCount += row.response_count
  sum.responseMsSum += row.response_ms_sum
}

/** What a service did in one state in one hour. `histogram`: those of several rows, joined by commas. */
export interface ServiceHourRow {
  at: number
  serviceId: number
  state: Counted
  count: number
  histogram: string | null
}

export function serviceHours(rows: readonly ServiceHourRow[]): ServiceHour[] {
  const found = new Map<string, ServiceHour & { histogram: string }>()
  for (const { at, serviceId, state, count, histogram } of rows) {
    const key = `${at} ${serviceId}`
    let hour = found.get(key)
    if (!hour) found.set(key, (hour = { serviceId, at, sent: 0, failed: 0, unknown: 0, p95Ms: null, histogram: '' }))
    if (state === 'sent' || state === 'delivered' || state === 'read') hour.sent += count
    else if (state === 'failed' || state === 'unknown') hour[state] += count
    if (histogram) hour.histogram += hour.histogram ? `,${histogram}` : histogram
  }
  return [...found.values()].map(({ histogram, ...hour }) => ({ ...hour, p95Ms: p95Of(histogram) }))
}

const P95 = 0.95

/** Histograms one after the other read as one: buckets that come twice are added up. */
export const p95Of = (histograms: string): number | null => Histogram.decode(histograms).quantile(P95)
