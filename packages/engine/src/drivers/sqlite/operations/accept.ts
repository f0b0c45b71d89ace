/** Taking messages in: everything of a request, or nothing of it. */
import type { Channel } from '@signalbox/contracts'
import type { AcceptResult, AcceptWrite, StoredReply } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { RecipientIndex } from '../recipients.ts'
import type { Tally } from '../tally.ts'
import type { MessageRows } from './message-rows.ts'

/** The messages of a request as they cross to the writer: what they share once, the rest in columns. */
export interface AcceptColumns {
  shared: [
    lane: string,
    resident: boolean,
    channel: Channel,
    templateId: number,
    templateVersion: number,
    priority: number,
    flow: string,
    taskId: number | null,
    acceptedAt: number,
    dueAt: number,
    expiresAt: number | null,
    settingsVersion: number,
    traceparent: string | null,
  ]
  ids: readonly number[]
  recipients: readonly string[]
  /** As JSON. */
  variables: readonly string[]
  /** Of the template, where they are not all the shared one. */
  versions: readonly number[] | null
}

/** Its place in `shared`. */
const VERSION_AT = 4

export function acceptOperations(
  db: Db,
  tally: Tally,
  rows: MessageRows,
  { months }: Partitions,
  recipients: RecipientIndex,
) {
  const insertOf = months.writing((month) =>
    db.prepare(
      `INSERT INTO messages_${month} (id, channel, recipient, template_id, template_version, variables, priority, flow, task_id,
         accepted_at, due_at, expires_at, settings_version, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  )
  const insertTask = db.prepare(
    `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, updated_at, first_id, last_id)
     VALUES (@id, @templateId, @channel, @total, @priority, @now, @now, @firstId, @lastId)`,
  )
  const selectKey = db.prepare<[string], { body_hash: string; reply: string }>(
    'SELECT body_hash, reply FROM idempotency_keys WHERE key = ?',
  )
  const insertKey = db.prepare('INSERT INTO idempotency_keys VALUES (@key, @bodyHash, @reply, @now)')

  /** Values by place, not by name: this runs for every message. */
  function acceptOne(
    lane: string,
    resident: boolean,
    channel: Channel,
    templateId: number,
    templateVersion: number,
    priority: number,
    flow: string,
    taskId: number | null,
    acceptedAt: number,
    dueAt: number,
    expiresAt: number | null,
    settingsVersion: number,
    traceparent: string | null,
    id: number,
    recipient: string,
    variables: string,
  ): void {
    insertOf(id).run(
      ...([id, channel, recipient, templateId, templateVersion, variables, priority, flow, taskId] as const),
      ...([acceptedAt, dueAt, expiresAt, settingsVersion, traceparent] as const),
    )
    const scheduled = dueAt > acceptedAt
    if (scheduled) rows.delay({ queue: 'message.send', priority, lane, id }, dueAt)
    else if (!resident) rows.enqueue({ queue: 'message.send', priority, lane, id })
    recipients.add(id, recipient)
    const message = { id, channel, templateId, taskId }
    const state = scheduled ? 'scheduled' : 'queued'
    tally.accepted(message, state, acceptedAt)
    tally.assigned(message, templateVersion, state)
  }

  return {
    acceptOne,

    accept(
      { shared, ids, recipients: to, variables, versions }: AcceptColumns,
      task: AcceptWrite['task'],
      idempotency: AcceptWrite['idempotency'],
      now: number,
    ): AcceptResult {
      if (idempotency) {
        const { key, bodyHash, reply } = idempotency
        const stored = selectKey.get(key)
        if (stored && stored.body_hash !== bodyHash) return { kind: 'mismatch' }
        if (stored) return { kind: 'repeated', reply: JSON.parse(stored.reply) as StoredReply }
        insertKey.run({ key, bodyHash, reply: JSON.stringify(reply), now })
      }
      if (task) insertTask.run({ ...task, now, firstId: Math.min(...ids), lastId: Math.max(...ids) })
      for (const [i, id] of ids.entries()) {
        const columns = versions ? shared.with(VERSION_AT, versions[i] as number) : shared
        acceptOne(...(columns as AcceptColumns['shared']), id, to[i] as string, variables[i] as string)
      }
      return { kind: 'accepted' }
    },
  }
}
