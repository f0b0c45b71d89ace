/** A migration: messages say where their recipient is, where the caller said it. */
import type { Db } from './database.ts'

export function addTimeZones(db: Db): void {
  const months = db
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'messages_[0-9]*'")
    .pluck()
  const columns = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck()
  for (const messages of months.all()) {
    // What an earlier migration has made anew has it already.
    if (!columns.all(messages).includes('time_zone')) db.exec(`ALTER TABLE ${messages} ADD COLUMN time_zone TEXT`)
  }
}
