/** The settings as they were: today's rows, with what came later taken back. */
import type { SettingsHistory } from '../../../settings/store.ts'
import { tablesOf, undo, type Change, type RowTexts } from '../../shared/settings-undo.ts'
import type { Db } from '../database.ts'
import { rowJson, SETTINGS_TABLES } from '../settings-history.ts'

export function settingsHistoryReads(db: Db) {
  const current = db.prepare<[], number>('SELECT revision FROM settings_revision').pluck()
  const first = db.prepare<[], number>('SELECT revision FROM settings_changes ORDER BY id LIMIT 1').pluck()
  const changedAt = db
    .prepare<[number], number>('SELECT at FROM settings_changes WHERE revision = ? ORDER BY id DESC LIMIT 1')
    .pluck()
  const later = db.prepare<[number], Change>(
    'SELECT table_name, old_row, new_row FROM settings_changes WHERE revision > ? ORDER BY id DESC',
  )
  const today = SETTINGS_TABLES.map(
    (of) =>
      [
        of.table,
        db.prepare<[], string>(`SELECT ${rowJson(of, 'r')} FROM ${of.table} r ORDER BY rowid`).pluck(),
      ] as const,
  )
  const readTexts = (): RowTexts => new Map(today.map(([table, rows]) => [table, rows.all()]))

  return {
    asOf: db.transaction((wanted: number | null): SettingsHistory => {
      const revision = current.get() ?? 0
      const oldest = Math.min(revision, (first.get() ?? revision + 1) - 1)
      const asked = wanted ?? revision
      const now = tablesOf(readTexts())
      const known = asked >= oldest && asked <= revision
      return {
        revision,
        oldest,
        now,
        was: known ? { since: changedAt.get(asked) ?? null, tables: undo(readTexts(), later.all(asked)) } : null,
      }
    }) as (wanted: number | null) => SettingsHistory,
  }
}
