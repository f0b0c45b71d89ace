/**
 * Who must not be written to. By recipient, so that a message's own are found at once; the lists read by id, newest first,
 * of a channel or of a reason.
 */
export const SUPPRESSIONS = `
CREATE TABLE suppressions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  channel TEXT NOT NULL,
  recipient TEXT NOT NULL,
  purpose TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT,
  record_id INTEGER,
  created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX suppressions_recipient ON suppressions (recipient, channel, purpose, reason);
CREATE INDEX suppressions_channel ON suppressions (channel, id);
CREATE INDEX suppressions_reason ON suppressions (reason, id);
`
