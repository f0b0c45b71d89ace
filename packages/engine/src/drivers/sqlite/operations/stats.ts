import type { Channel, MessageState } from '@signalbox/contracts'
import { Histogram } from '../../../stats/histogram.ts'
import type { Audit, HistoryRow, RangeSum, RollupSum, ServiceHour, TemplateCounts } from '../../../stats/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import { addUp, floor, p95Of, parts, serviceHours, type ServiceHourRow, type SumRow } from '../../shared/ranges.ts'
import { HOUR_MS, MINUTE_MS, type Counted } from '../../shared/sums.ts'
import type { Tally } from '../tally.ts'

export function statsReads(db: Db, { months }: Partitions) {
  const sums = `channel, state, sum(count) AS count, sum(duration_ms_sum) AS duration_ms_sum,
    sum(response_count) AS response_count, sum(response_ms_sum) AS response_ms_sum`
  const tables = (['stats_minutes', 'stats_hours'] as const).map((table) => ({
    sums: db.prepare<[number, number], SumRow>(
      `SELECT ${sums} FROM ${table} WHERE at >= ? AND at < ? GROUP BY channel, state`,
    ),
    histograms: db
      .prepare<[number, number], string>(`SELECT histogram FROM ${table} WHERE at >= ? AND at < ? AND histogram <> ''`)
      .pluck(),
  }))
  const [minutesTable, hoursTable] = tables as [(typeof tables)[0], (typeof tables)[0]]
  const perMinute = db.prepare<[number, number], SumRow & { at: number }>(
    `SELECT at, ${sums} FROM stats_minutes WHERE at >= ? AND at < ? GROUP BY at, channel, state ORDER BY at`,
  )
  const states = db.prepare<[], { channel: Channel; state: Counted; count: number }>(
    'SELECT channel, state, sum(count) AS count FROM state_counts GROUP BY channel, state',
  )
  const recount = db.prepare<[], { channel: Channel; state: MessageState; count: number }>(
    'SELECT channel, status AS state, count(*) AS count FROM message_records GROUP BY channel, status',
  )
  const uses = db.prepare<[], { template_id: number; last_used_at: number }>(
    'SELECT template_id, last_used_at FROM template_uses',
  )
  const perTemplate = db.prepare<[number], { template_id: number; state: Counted; count: number }>(
    'SELECT template_id, state, sum(count) AS count FROM stats_hours WHERE at >= ? GROUP BY template_id, state',
  )
  const timesOfService = db.prepare<[number], { serviceId: number; histogram: string }>(
    `SELECT service_id AS serviceId, group_concat(histogram, ',') AS histogram
     FROM stats_hours WHERE at >= ? AND service_id > 0 AND histogram <> '' GROUP BY service_id`,
  )
  const perService = db.prepare<[number, number], ServiceHourRow>(
    `SELECT at, service_id AS serviceId, state, sum(count) AS count, group_concat(nullif(histogram, ''), ',') AS histogram
     FROM stats_hours WHERE at >= ? AND at < ? AND service_id > 0 GROUP BY at, service_id, state`,
  )
  /** In no state, or in several. */
  const straysOf = months.reading((month) =>
    db
      .prepare<[number], number>(
        `SELECT m.id FROM messages_${month} m LEFT JOIN (SELECT record_id, count(*) AS times FROM message_records GROUP BY record_id) r
           ON r.record_id = m.id WHERE coalesce(r.times, 0) <> 1 LIMIT ?`,
      )
      .pluck(),
  )
  const strays = (limit: number): number[] =>
    months
      .list()
      .flatMap(({ from }) => straysOf(from)?.all(limit) ?? [])
      .slice(0, limit)

  function range(from: number, to: number): RangeSum {
    const added = new Map<string, RollupSum>()
    const histogram = new Histogram()
    for (const part of parts(from, to)) {
      const table = part.hours ? hoursTable : minutesTable
      for (const row of table.sums.all(part.from, part.to)) addUp(added, row)
      for (const text of table.histograms.all(part.from, part.to)) histogram.merge(Histogram.decode(text))
    }
    return { sums: [...added.values()], histogram: histogram.encode() }
  }

  return {
    ranges: db.transaction((list: readonly { from: number; to: number }[]) =>
      list.map(({ from, to }) => range(from, to)),
    ) as (list: readonly { from: number; to: number }[]) => RangeSum[],
    minutes(from: number, to: number): { at: number; sums: RollupSum[] }[] {
      const byMinute = new Map<number, Map<string, RollupSum>>()
      for (const row of perMinute.all(floor(from, MINUTE_MS), floor(to, MINUTE_MS))) {
        const minute = byMinute.get(row.at) ?? new Map<string, RollupSum>()
        byMinute.set(row.at, minute)
        addUp(minute, row)
      }
      return [...byMinute].map(([at, added]) => ({ at, sums: [...added.values()] }))
    },
    templates: db.transaction((from: number): TemplateCounts[] => {
      const found = new Map<number, TemplateCounts>()
      const of = (templateId: number) => {
        const known = found.get(templateId) ?? { templateId, lastUsedAt: null, counts: {} }
        found.set(templateId, known)
        return known
      }
      for (const { template_id, last_used_at } of uses.all()) of(template_id).lastUsedAt = last_used_at || null
      for (const { template_id, state, count } of perTemplate.all(floor(from, HOUR_MS))) {
        of(template_id).counts[state] = count
      }
      return [...found.values()]
    }) as (from: number) => TemplateCounts[],
    serviceHours: (from: number, to: number): ServiceHour[] => serviceHours(perService.all(floor(from, HOUR_MS), to)),
    serviceTimes: (from: number): { serviceId: number; p95Ms: number | null }[] =>
      timesOfService
        .all(floor(from, HOUR_MS))
        .map(({ serviceId, histogram }) => ({ serviceId, p95Ms: p95Of(histogram) })),
    states: (): { channel: Channel; state: Counted; count: number }[] => states.all(),
    /** Counts and records in one reading: between two of them messages would move. */
    audit: db.transaction((limit: number) => ({
      states: states.all(),
      records: recount.all(),
      strays: strays(limit),
    })) as (limit: number) => Audit,
  }
}

export function statsOperations(tally: Tally) {
  return {
    importHistory(rows: readonly HistoryRow[]): void {
      for (const row of rows) tally.history(row)
    },
  }
}
