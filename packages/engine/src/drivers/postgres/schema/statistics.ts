/**
 * Statistics by node: each node adds to rows of its own, so that no transaction of one waits for another's, and a histogram, which is
 * merged in memory, is overwritten by nobody. Who reads them adds them up. What was there before belongs to number 0.
 */

const byNode = (table: string, key: string) => `
ALTER TABLE ${table} ADD COLUMN node smallint NOT NULL DEFAULT 0;
ALTER TABLE ${table} ALTER COLUMN node DROP DEFAULT, DROP CONSTRAINT ${table}_pkey, ADD PRIMARY KEY (${key}, node);`

export const STATISTICS_BY_NODE = `
${byNode('state_counts', 'month, channel, state')}
${byNode('stats_minutes', 'at, channel, service_id, template_id, state')}
${byNode('stats_hours', 'at, channel, service_id, template_id, state')}
${byNode('task_counts', 'task_id, state')}
${byNode('template_uses', 'template_id')}
${byNode('template_experiment_counts', 'template_id, version, state')}
${byNode('service_uses', 'service_id, day')}

CREATE TABLE task_progress (
  task_id bigint NOT NULL,
  node smallint NOT NULL,
  first_claimed_at bigint,
  wait_ms_sum bigint NOT NULL,
  wait_count bigint NOT NULL,
  updated_at bigint NOT NULL,
  PRIMARY KEY (task_id, node)
) WITH (fillfactor = 50);
INSERT INTO task_progress SELECT id, 0, first_claimed_at, wait_ms_sum, wait_count, updated_at FROM tasks;
ALTER TABLE tasks DROP COLUMN first_claimed_at, DROP COLUMN wait_ms_sum, DROP COLUMN wait_count, DROP COLUMN updated_at;

ALTER TABLE service_uses ADD COLUMN granted bigint NOT NULL DEFAULT 0;
`
