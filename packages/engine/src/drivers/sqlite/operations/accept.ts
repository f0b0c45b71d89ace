/** Taking messages in: everything of a request, or nothing of it. */
import type { AcceptResult, AcceptWrite, NewMessage, StoredReply } from '../../../messages/store.ts'
import type { Entry } from '../../../queue/store.ts'
import type { Db } from '../database.ts'
import type { Tally } from '../tally.ts'
import type { MessageRows } from './message-rows.ts'

export function acceptOperations(db: Db, tally: Tally, rows: MessageRows) {
  const insertMessage = db.prepare(
    `INSERT INTO messages (id, channel, recipient, template_id, template_version, variables, priority, flow, task_id,
       accepted_at, due_at, expires_at, settings_version, traceparent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const insertTask = db.prepare(
    `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, updated_at)
     VALUES (@id, @templateId, @channel, @total, @priority, @now, @now)`,
  )
  const selectKey = db.prepare<[string], { body_hash: string; reply: string }>(
    'SELECT body_hash, reply FROM idempotency_keys WHERE key = ?',
  )
  const insertKey = db.prepare('INSERT INTO idempotency_keys VALUES (@key, @bodyHash, @reply, @now)')

  /** Values by place, not by name: this runs for every message. */
  function insert(message: NewMessage): void {
    const { id, channel, recipient, templateId, templateVersion, priority, flow, taskId, acceptedAt, dueAt } = message
    insertMessage.run(
      ...[
        id,
        channel,
        recipient,
        templateId,
        templateVersion,
        JSON.stringify(message.variables),
        priority,
        flow,
        taskId,
      ],
      ...[acceptedAt, dueAt, message.expiresAt, message.settingsVersion, message.traceparent],
    )
  }

  return {
    accept(write: AcceptWrite): AcceptResult {
      const { idempotency, now } = write
      if (idempotency) {
        const stored = selectKey.get(idempotency.key)
        if (stored && stored.body_hash !== idempotency.bodyHash) return { kind: 'mismatch' }
        if (stored) return { kind: 'repeated', reply: JSON.parse(stored.reply) as StoredReply }
        insertKey.run({
          key: idempotency.key,
          bodyHash: idempotency.bodyHash,
          reply: JSON.stringify(idempotency.reply),
          now,
        })
      }
      if (write.task) insertTask.run({ ...write.task, now })
      for (const message of write.messages) {
        insert(message)
        const entry: Entry = { queue: 'message.send', priority: message.priority, lane: write.lane, id: message.id }
        const scheduled = message.dueAt > message.acceptedAt
        if (scheduled) rows.delay(entry, message.dueAt)
        else rows.enqueue(entry)
        tally.accepted(message, scheduled ? 'scheduled' : 'queued', now)
      }
      return { kind: 'accepted' }
    },
  }
}
