/** The settings as they were: rows of today, with what came later taken back. */
import type { SettingsTables } from '../../settings/store.ts'

/** What happened to one row of `table_name`, as JSON before and after. */
export interface Change {
  table_name: string
  old_row: string | null
  new_row: string | null
}
/** Rows as JSON by table: equal text is an equal row. */
export type RowTexts = ReadonlyMap<string, string[]>

/** `changes` from the newest back. */
export function undo(texts: RowTexts, changes: readonly Change[]): SettingsTables {
  for (const { table_name: table, old_row: before, new_row: after } of changes) {
    const rows = texts.get(table) ?? []
    const at = after === null ? -1 : rows.indexOf(after)
    if (at !== -1) rows.splice(at, 1)
    if (before !== null) rows.push(before)
  }
  return tablesOf(texts)
}

export function tablesOf(texts: RowTexts): SettingsTables {
  const rowsOf = (table: string) => (texts.get(table) ?? []).map((text) => JSON.parse(text) as Record<string, unknown>)
  return {
    threadPools: rowsOf('thread_pool_configs'),
    rateLimits: rowsOf('rate_limit_configs'),
    system: rowsOf('system_config'),
  }
}
