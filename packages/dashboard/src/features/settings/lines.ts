/** The settings as they are read: one line per value, what it was beside what it is. Pure. */
import { SETTINGS_TABLES, type SettingsFields, type SettingsRow, type SettingsTable } from '@signalbox/contracts'

export type Change = 'same' | 'changed' | 'added' | 'removed'

export interface Line {
  /** Of the row, as its table has it. */
  name: string
  /** Null for the value of a key: the name says it all. */
  field: string | null
  /** Null: not there. */
  was: string | null
  now: string | null
  change: Change
}

export interface Group {
  table: SettingsTable
  lines: readonly Line[]
}

export function groupsOf(rows: readonly SettingsRow[]): Group[] {
  return SETTINGS_TABLES.map((table) => ({
    table,
    lines: rows.filter((row) => row.table === table).flatMap(linesOf),
  }))
}

export const differs = ({ change }: Line): boolean => change !== 'same'

/** What describes a key, like its range, is told only where it changed. */
function linesOf({ table, name, was, now }: SettingsRow): Line[] {
  const lines = Object.keys(now ?? was ?? {}).map((field) => {
    const [before, after] = [textOf(was, field), textOf(now, field)]
    return { name, field, was: before, now: after, change: changeOf(was, now, before === after) }
  })
  if (table !== 'system_config') return lines
  return lines
    .filter(({ field, change }) => field === 'value' || change === 'changed')
    .map((line) => ({ ...line, field: line.field === 'value' ? null : line.field }))
}

function changeOf(was: SettingsFields | null, now: SettingsFields | null, same: boolean): Change {
  if (was === null) return 'added'
  if (now === null) return 'removed'
  return same ? 'same' : 'changed'
}

function textOf(fields: SettingsFields | null, field: string): string | null {
  return fields === null ? null : String(fields[field] ?? '')
}
