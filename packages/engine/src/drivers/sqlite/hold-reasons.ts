/** A migration: what waits for its time says for which reason it is held, so that those of one reason are found at once. */
import type { Db } from './database.ts'

export function addHoldReasons(db: Db): void {
  db.exec(`
ALTER TABLE queue_delays ADD COLUMN held_for TEXT;
CREATE INDEX queue_delays_held ON queue_delays (held_for, due_at) WHERE held_for IS NOT NULL;
`)
  const months = db
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'states_[0-9]*'")
    .pluck()
  for (const states of months.all()) {
    db.exec(
      `UPDATE queue_delays SET held_for = s.pending_reason FROM ${states} s
       WHERE s.id = queue_delays.id AND s.pending_reason = 'rate_limit'`,
    )
  }
}
