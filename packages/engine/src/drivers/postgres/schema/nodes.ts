/**
 * Several nodes on one schema. What waits belongs to the number of a node plus one, or to nobody (0), and what is being sent was
 * claimed under one: a number is given to another only once it has nothing any more. Everything that waits has an entry.
 */
import { IS_RESIDENT, messageRecords } from './messages.ts'

/** Nodes that there may be: a number is five bits of an id. */
export const NODE_COUNT = 32

/** What the step before kept in memory alone gets its entry; the mark of it becomes the largest id that was ever there. */
export const NODES = `
CREATE SEQUENCE node_leases;
CREATE TABLE nodes (
  lease bigint PRIMARY KEY,
  number smallint NOT NULL UNIQUE CHECK (number BETWEEN 0 AND ${NODE_COUNT - 1}),
  name text NOT NULL UNIQUE,
  role text NOT NULL,
  version text NOT NULL,
  joined_at bigint NOT NULL,
  beats bigint NOT NULL DEFAULT 0,
  settings_revision bigint NOT NULL DEFAULT 0,
  settings_applied_at bigint NOT NULL,
  settings_problems json NOT NULL DEFAULT '[]',
  ended boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

INSERT INTO queue_entries (queue, priority, lane, id)
  SELECT 'message.send', m.priority, m.channel || '/' || m.flow, m.id FROM messages m WHERE ${IS_RESIDENT};
ALTER TABLE queue_entries ADD COLUMN owner smallint NOT NULL DEFAULT 0;
ALTER TABLE queue_entries DROP CONSTRAINT queue_entries_pkey;
ALTER TABLE queue_entries ADD PRIMARY KEY (owner, queue, priority, lane, id);
ALTER TABLE claims ADD COLUMN owner smallint NOT NULL DEFAULT 0;

CREATE TABLE id_mark (id bigint NOT NULL);
INSERT INTO id_mark SELECT greatest((SELECT id - 1 FROM resident_mark), coalesce((SELECT max(id) FROM messages), 0));
DROP VIEW message_records;
DROP TABLE resident_mark;
${messageRecords()}`
