/** Reading the rollups, and counting the records themselves beside them. */
import type { Channel, MessageState } from '@signalbox/contracts'
import { Histogram } from '../../../stats/histogram.ts'
import type { Audit, RangeSum, RollupSum, ServiceHour, StateCounts, TemplateCounts } from '../../../stats/store.ts'
import { addUp, floor, p95Of, parts, serviceHours, type ServiceHourRow, type SumRow } from '../../shared/ranges.ts'
import { HOUR_MS, MINUTE_MS, type Counted } from '../../shared/sums.ts'
import type { Reader } from '../reader.ts'
import { statement, type Db } from '../statement.ts'

interface Range {
  from: number
  to: number
}

const SUMS = `channel, state, sum(count) AS count, sum(duration_ms_sum) AS duration_ms_sum,
  sum(response_count) AS response_count, sum(response_ms_sum) AS response_ms_sum`

const tableOf = (table: string) => ({
  sums: statement<[number, number], SumRow>(
    `SELECT ${SUMS} FROM ${table} WHERE at >= $1 AND at < $2 GROUP BY channel, state`,
  ),
  histograms: statement<[number, number], { histogram: string }>(
    `SELECT histogram FROM ${table} WHERE at >= $1 AND at < $2 AND histogram <> ''`,
  ),
  counts: statement<[number, number], { state: Counted; count: number }>(
    `SELECT state, sum(count) AS count FROM ${table} WHERE at >= $1 AND at < $2 GROUP BY state`,
  ),
})
const [minutesTable, hoursTable] = [tableOf('stats_minutes'), tableOf('stats_hours')]

const perMinute = statement<[number, number], SumRow & { at: number }>(
  `SELECT at, ${SUMS} FROM stats_minutes WHERE at >= $1 AND at < $2 GROUP BY at, channel, state ORDER BY at`,
)
const states = statement<[], { channel: Channel; state: Counted; count: number }>(
  'SELECT channel, state, sum(count) AS count FROM state_counts GROUP BY channel, state',
)
const recount = statement<[], { channel: Channel; state: MessageState; count: number }>(
  'SELECT channel, status AS state, count(*) AS count FROM message_records GROUP BY channel, status',
)
const uses = statement<[], { template_id: number; last_used_at: number }>(
  'SELECT template_id, max(last_used_at) AS last_used_at FROM template_uses GROUP BY template_id',
)
const perTemplate = statement<[number], { template_id: number; state: Counted; count: number }>(
  'SELECT template_id, state, sum(count) AS count FROM stats_hours WHERE at >= $1 GROUP BY template_id, state',
)
const timesOfService = statement<[number], { serviceId: number; histogram: string }>(
  `SELECT service_id AS "serviceId", string_agg(histogram, ',') AS histogram
   FROM stats_hours WHERE at >= $1 AND service_id > 0 AND histogram <> '' GROUP BY service_id`,
)
const perService = statement<[number, number], ServiceHourRow>(
  `SELECT at, service_id AS "serviceId", state, sum(count) AS count, string_agg(nullif(histogram, ''), ',') AS histogram
   FROM stats_hours WHERE at >= $1 AND at < $2 AND service_id > 0 GROUP BY at, service_id, state`,
)
/** In no state, or in several. */
const strays = statement<[number], { id: number }>(
  `SELECT m.id FROM messages m LEFT JOIN (SELECT record_id, count(*) AS times FROM message_records GROUP BY record_id) r
     ON r.record_id = m.id WHERE coalesce(r.times, 0) <> 1 ORDER BY m.id DESC LIMIT $1`,
)
const first = statement<[], { at: number | null }>('SELECT min(at) AS at FROM stats_hours')

async function rangeOf(db: Db, { from, to }: Range): Promise<RangeSum> {
  const added = new Map<string, RollupSum>()
  const histogram = new Histogram()
  for (const part of parts(from, to)) {
    if (part.from >= part.to) continue
    const table = part.hours ? hoursTable : minutesTable
    for (const row of await db.all(table.sums, part.from, part.to)) addUp(added, row)
    for (const row of await db.all(table.histograms, part.from, part.to))
      histogram.merge(Histogram.decode(row.histogram))
  }
  return { sums: [...added.values()], histogram: histogram.encode() }
}

/** Counts alone: rows of response times are passed over, not decoded. */
async function countsOf(db: Db, { from, to }: Range): Promise<StateCounts> {
  const counts: StateCounts = {}
  for (const part of parts(from, to)) {
    if (part.from >= part.to) continue
    const table = part.hours ? hoursTable : minutesTable
    for (const { state, count } of await db.all(table.counts, part.from, part.to)) {
      counts[state] = (counts[state] ?? 0) + count
    }
  }
  return counts
}

async function each<T>(ranges: readonly Range[], read: (range: Range) => Promise<T>): Promise<T[]> {
  const found: T[] = []
  for (const range of ranges) found.push(await read(range))
  return found
}

export function statsReads({ searches: db, snapshot }: Reader) {
  return {
    ranges: (ranges: readonly Range[]) => snapshot((at) => each(ranges, (range) => rangeOf(at, range))),
    counts: (ranges: readonly Range[]) => snapshot((at) => each(ranges, (range) => countsOf(at, range))),
    async firstAt(): Promise<number | null> {
      const at = (await db.one(first))?.at ?? null
      return at === null ? null : floor(at, HOUR_MS)
    },
    async minutes(from: number, to: number): Promise<{ at: number; sums: RollupSum[] }[]> {
      const byMinute = new Map<number, Map<string, RollupSum>>()
      for (const row of await db.all(perMinute, floor(from, MINUTE_MS), floor(to, MINUTE_MS))) {
        const minute = byMinute.get(row.at) ?? new Map<string, RollupSum>()
        byMinute.set(row.at, minute)
        addUp(minute, row)
      }
      return [...byMinute].map(([at, added]) => ({ at, sums: [...added.values()] }))
    },
    templates: (from: number): Promise<TemplateCounts[]> =>
      snapshot(async (at) => {
        const found = new Map<number, TemplateCounts>()
        const of = (templateId: number) => {
          const known = found.get(templateId) ?? { templateId, lastUsedAt: null, counts: {} }
          found.set(templateId, known)
          return known
        }
        for (const row of await at.all(uses)) of(row.template_id).lastUsedAt = row.last_used_at || null
        for (const row of await at.all(perTemplate, floor(from, HOUR_MS)))
          of(row.template_id).counts[row.state] = row.count
        return [...found.values()]
      }),
    serviceHours: async (from: number, to: number): Promise<ServiceHour[]> =>
      serviceHours(await db.all(perService, floor(from, HOUR_MS), to)),
    serviceTimes: async (from: number) =>
      (await db.all(timesOfService, floor(from, HOUR_MS))).map(({ serviceId, histogram }) => ({
        serviceId,
        p95Ms: p95Of(histogram),
      })),
    states: () => db.all(states),
    /** Counts and records in one reading: between two of them messages would move. */
    audit: (limit: number): Promise<Audit> =>
      snapshot(async (at) => ({
        states: await at.all(states),
        records: await at.all(recount),
        strays: (await at.all(strays, limit)).map(({ id }) => id),
      })),
  }
}
