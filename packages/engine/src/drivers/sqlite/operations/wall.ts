import type { StateCounts } from '../../../stats/store.ts'
import type { Db } from '../database.ts'
import { parts } from '../../shared/ranges.ts'
import { HOUR_MS } from '../../shared/sums.ts'

type Counted = keyof StateCounts

/** Counts alone: rows of response times are passed over, not decoded. */
export function wallReads(db: Db) {
  const [minutes, hours] = (['stats_minutes', 'stats_hours'] as const).map((table) =>
    db.prepare<[number, number], { state: Counted; count: number }>(
      `SELECT state, sum(count) AS count FROM ${table} WHERE at >= ? AND at < ? GROUP BY state`,
    ),
  )
  const first = db.prepare<[], number | null>('SELECT min(at) FROM stats_hours').pluck()

  function countsIn({ from, to }: { from: number; to: number }): StateCounts {
    const counts: StateCounts = {}
    for (const part of parts(from, to)) {
      if (part.from >= part.to) continue
      const rows = (part.hours ? hours : minutes)?.all(part.from, part.to) ?? []
      for (const { state, count } of rows) counts[state] = (counts[state] ?? 0) + count
    }
    return counts
  }

  return {
    counts: db.transaction((ranges: readonly { from: number; to: number }[]) => ranges.map(countsIn)) as (
      ranges: readonly { from: number; to: number }[],
    ) => StateCounts[],
    firstAt(): number | null {
      const at = first.get() ?? null
      return at === null ? null : at - (at % HOUR_MS)
    },
  }
}
