/** Taking messages in: everything of a request, or nothing of it. */
import type { Channel } from '@signalbox/contracts'
import type { AcceptResult, AcceptWrite, StoredReply } from '../../../messages/store.ts'
import type { Db } from '../database.ts'
import type { Partitions } from '../partitions.ts'
import type { RecipientIndex } from '../recipients.ts'
import type { Tally } from '../tally.ts'
import { AT_ONCE, createAcceptMany } from './accept-many.ts'
import type { MessageRows } from './message-rows.ts'

/** What the messages of a request have in common. */
type SharedColumns = [
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
  timeZone: string | null,
]

/** Values by place, not by name: this runs for every message. `variables` as JSON. */
type AcceptOne = (...columns: [...SharedColumns, id: number, recipient: string, variables: string]) => void

/** The messages of a request as they cross to the writer: what they share once, the rest in columns. */
export interface AcceptColumns {
  shared: SharedColumns
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
         accepted_at, due_at, expires_at, settings_version, traceparent, time_zone)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
  )
  const many = createAcceptMany(db, { months })
  const insertTask = db.prepare(
    `INSERT INTO tasks (id, template_id, channel, total, priority, created_at, updated_at, first_id, last_id)
     VALUES (@id, @templateId, @channel, @total, @priority, @now, @now, @firstId, @lastId)`,
  )
  const selectKey = db.prepare<[string], { body_hash: string; reply: string }>(
    'SELECT body_hash, reply FROM idempotency_keys WHERE key = ?',
  )
  const insertKey = db.prepare('INSERT INTO idempotency_keys VALUES (@key, @bodyHash, @reply, @now)')

  const acceptOne: AcceptOne = (
    lane,
    resident,
    channel,
    templateId,
    templateVersion,
    priority,
    flow,
    taskId,
    acceptedAt,
    dueAt,
    expiresAt,
    settingsVersion,
    traceparent,
    timeZone,
    id,
    recipient,
    variables,
  ) => {
    insertOf(id).run(
      ...([id, channel, recipient, templateId, templateVersion, variables, priority, flow, taskId] as const),
      ...([acceptedAt, dueAt, expiresAt, settingsVersion, traceparent, timeZone] as const),
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

  function acceptMany(columns: AcceptColumns, from: number): void {
    const { shared, ids, recipients: to, versions } = columns
    const [, , channel, templateId, version, , , taskId, acceptedAt, dueAt] = shared
    many.insert(columns, from)
    const state = dueAt > acceptedAt ? 'scheduled' : 'queued'
    tally.accepted({ id: ids[from] as number, channel, templateId, taskId }, state, acceptedAt, AT_ONCE)
    for (let i = from; i < from + AT_ONCE; i++) {
      const id = ids[i] as number
      recipients.add(id, to[i] as string)
      tally.assigned({ id, channel, templateId, taskId }, versions?.[i] ?? version, state)
    }
  }

  return {
    acceptOne,

    accept(
      columns: AcceptColumns,
      task: AcceptWrite['task'],
      idempotency: AcceptWrite['idempotency'],
      now: number,
    ): AcceptResult {
      const { shared, ids, recipients: to, variables, versions } = columns
      if (idempotency) {
        const { key, bodyHash, reply } = idempotency
        const stored = selectKey.get(key)
        if (stored && stored.body_hash !== bodyHash) return { kind: 'mismatch' }
        if (stored) return { kind: 'repeated', reply: JSON.parse(stored.reply) as StoredReply }
        insertKey.run({ key, bodyHash, reply: JSON.stringify(reply), now })
      }
      if (task) insertTask.run({ ...task, now, firstId: Math.min(...ids), lastId: Math.max(...ids) })
      for (let i = 0; i < ids.length;) {
        if (many.takes(ids, i)) {
          acceptMany(columns, i)
          i += AT_ONCE
          continue
        }
        const own = versions ? shared.with(VERSION_AT, versions[i] as number) : shared
        acceptOne(...(own as AcceptColumns['shared']), ids[i] as number, to[i] as string, variables[i] as string)
        i += 1
      }
      return { kind: 'accepted' }
    },
  }
}
