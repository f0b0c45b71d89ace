import type { SettingsFields, SettingsRow, SettingsTable, SettingsVersion } from '@signalbox/contracts'
import type { SettingsAt } from '@signalbox/engine'
import type { Instant } from './instant.ts'

type Rows = SettingsAt['now'][keyof SettingsAt['now']]

/** Which of a table's columns name its rows. */
const NAMED_BY: Record<SettingsTable, readonly string[]> = {
  thread_pool_configs: ['pool_name'],
  rate_limit_configs: ['resource', 'limit_type'],
  system_config: ['key'],
}

export function presentSettingsVersion(at: SettingsAt, instant: Instant): SettingsVersion {
  const { version, since, currentVersion, was, now } = at
  return {
    version,
    since: since === null ? null : instant(since),
    current_version: currentVersion,
    rows: [
      ...pairs('thread_pool_configs', was.threadPools, now.threadPools),
      ...pairs('rate_limit_configs', was.rateLimits, now.rateLimits),
      ...pairs('system_config', was.system, now.system),
    ],
  }
}

/** Each row that was there or is, by name. */
function pairs(table: SettingsTable, wasRows: Rows, nowRows: Rows): SettingsRow[] {
  const [before, after] = [byName(table, wasRows), byName(table, nowRows)]
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().map((name) => {
    const [was, now] = [before.get(name) ?? null, after.get(name) ?? null]
    return { table, name, was, now, changed: JSON.stringify(was) !== JSON.stringify(now) }
  })
}

function byName(table: SettingsTable, rows: Rows): Map<string, SettingsFields> {
  const named = NAMED_BY[table]
  return new Map(
    rows.map((row) => [
      named.map((column) => String(row[column])).join(' '),
      Object.fromEntries(
        Object.entries(row)
          .filter(([column]) => !named.includes(column))
          .map(([column, value]) => [column, shown(value)]),
      ),
    ]),
  )
}

/** What JSON cannot say, like an infinite number, as text. */
function shown(value: unknown): string | number | null {
  if (value === null || typeof value === 'string') return value
  if (typeof value !== 'number') return JSON.stringify(value)
  return Number.isFinite(value) ? value : String(value)
}
