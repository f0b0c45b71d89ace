/** Where the rows of a data folder go in PostgreSQL, and which have no place there. */
import { residentsOf, type Folder, type Rows } from './sqlite/folder.ts'
import { dayFrom } from './postgres/month.ts'

/** Rows of a folder that go into one table. */
export interface Part extends Rows {
  /** In the progress. */
  name: string
  /** Columns that the folder names otherwise, or does not have: then their value. All others have one name. */
  columns?: Readonly<Record<string, string | number>>
}

export interface MovedTable {
  table: string
  parts(folder: Pick<Folder, 'months' | 'days'>): Part[]
  /** What a value becomes on its way. */
  changed?: Readonly<Record<string, (value: string | null) => string | null>>
}

const whole = (
  table: string,
  key: string,
  columns?: Part['columns'],
  { from = table, changed }: { from?: string; changed?: MovedTable['changed'] } = {},
): MovedTable => ({
  table,
  parts: () => [{ name: table, from, key: key.split(' '), ...(columns && { columns }) }],
  ...(changed && { changed }),
})

const byMonth = (table: string): MovedTable => ({
  table,
  parts: ({ months }) => months.map((month) => ({ name: `${table}_${month}`, from: `${table}_${month}`, key: ['id'] })),
})

const byDay = (table: string, key: string): MovedTable => ({
  table,
  parts: ({ days }) =>
    days.map((day) => ({
      ...{ name: `${table}_${day}`, from: `${table}_${day}`, key: key.split(' ') },
      columns: { day: dayFrom(day) },
    })),
})

/** What waits, and what was being sent when the process ended, belongs to nobody: the first start takes it. */
const OF_NOBODY = { owner: 0 }
/** Statistics count by node; what was counted in a folder is number 0's. */
const BY_NODE = { node: 0 }

/** A row as PostgreSQL writes it down: SQLite writes 1 as `1.0` where it may be a fraction. */
const rowText = (text: string | null) => (text === null ? null : JSON.stringify(JSON.parse(text)))

/** Settings first, in the order in which people see them: what PostgreSQL does not take of them is found at once. */
export const MOVED: readonly MovedTable[] = [
  whole('thread_pool_configs', 'rowid'),
  whole('rate_limit_configs', 'rowid'),
  whole('system_config', 'rowid'),
  whole('system_config_changes', 'key'),
  {
    table: 'settings_changes',
    parts: () => [
      { name: 'settings_changes', from: 'settings_changes', key: ['revision'] },
      // Of a folder from before its changes were written down: revisions go on from where they were.
      {
        name: 'settings_revision',
        from: `(SELECT revision, 0 AS at, '' AS table_name, '' AS row_name, NULL AS old_row, NULL AS new_row FROM settings_revision
          WHERE revision > (SELECT coalesce(max(revision), 1) FROM settings_changes))`,
        key: ['revision'],
      },
    ],
    changed: { row_name: (name) => name ?? '', old_row: rowText, new_row: rowText },
  },
  whole('templates', 'id'),
  whole('template_versions', 'template_id version'),
  whole('template_uses', 'template_id', BY_NODE),
  whole('template_experiments', 'template_id', { stop: 'stop_reason' }),
  whole('template_experiment_counts', 'template_id version state', BY_NODE),
  whole('template_experiment_messages', 'template_id id'),
  whole('services', 'id'),
  whole('service_secrets', 'service_id field'),
  whole('service_uses', 'service_id day', { ...BY_NODE, granted: 0 }),
  whole('locks', 'key'),
  whole('alerts', 'alert'),
  whole('alert_events', 'id'),
  whole('message_views', 'key'),
  whole('suppressions', 'id'),
  whole('inbox_users', 'user', { user_id: 'user' }),
  whole('inbox_entries', 'user seq', { user_id: 'user' }),
  byMonth('messages'),
  byMonth('states'),
  whole('claims', 'id', OF_NOBODY),
  {
    table: 'queue_entries',
    parts: ({ months }) => [
      { name: 'queue_entries', from: 'queue_entries', key: ['queue', 'priority', 'lane', 'id'], columns: OF_NOBODY },
      // On PostgreSQL everything that waits has an entry.
      ...months.map((month) => ({
        name: `residents_${month}`,
        from: residentsOf(month),
        key: ['id'],
        columns: OF_NOBODY,
      })),
    ],
  },
  whole('queue_delays', 'due_at id'),
  byDay('traces', 'message_id attempt'),
  byDay('receipts', 'message_id at state'),
  whole('idempotency_keys', 'key'),
  whole('tasks', 'id'),
  whole('task_progress', 'id', { task_id: 'id', ...BY_NODE }, { from: 'tasks' }),
  whole('task_counts', 'task_id state', BY_NODE),
  whole('jobs', 'id'),
  whole('kept_messages', 'id'),
  whole('audit_log', 'id'),
  whole('bulk_actions', 'id'),
  whole('bulk_moved', 'action_id id'),
  whole('message_looks', 'record_id at'),
  whole('callback_answers', 'key'),
  whole('state_counts', 'month channel state', BY_NODE),
  whole('stats_minutes', 'at channel service_id template_id state', BY_NODE),
  whole('stats_hours', 'at channel service_id template_id state', BY_NODE),
]

/** Tables of a folder, by a pattern of their names, that have no place in PostgreSQL. */
export const NOT_MOVED: readonly { name: RegExp; reason: string }[] = [
  { name: /^recipients_\d+$/, reason: 'PostgreSQL has an index of recipients' },
  { name: /^recipient_segments$/, reason: 'of the index of recipients' },
  { name: /^partitions$/, reason: 'PostgreSQL knows its partitions itself' },
  { name: /^resident_mark$/, reason: 'everything that waits has an entry; the last id is carried over' },
  { name: /^settings_revision$/, reason: 'the revision is that of the last change' },
  { name: /^settings_replaced$/, reason: 'scratch of a trigger' },
  { name: /^sqlite_sequence$/, reason: 'the sequences of PostgreSQL are set to it' },
]

/** Columns that are numbers of rows and nothing else. */
export const NOT_MOVED_COLUMNS: Readonly<Record<string, readonly string[]>> = { settings_changes: ['id'] }
