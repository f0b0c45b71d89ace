/**
 * Messages to users' devices. The number of the last one, and up to where a device has taken them, stand with the user, so
 * that an acknowledgement rewrites no text.
 */
export const INBOX = `
CREATE TABLE inbox_users (
  user TEXT PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  delivered_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE inbox_entries (
  user TEXT NOT NULL,
  seq INTEGER NOT NULL,
  record_id INTEGER NOT NULL,
  title TEXT,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ack_timeout_ms INTEGER NOT NULL,
  read_at INTEGER,
  PRIMARY KEY (user, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX inbox_by_record ON inbox_entries (record_id);
CREATE INDEX inbox_by_expiry ON inbox_entries (expires_at);
`
